"""The table of chemistry: a heatmap with clusters, the network, and the MIG of a small pool."""

from __future__ import annotations

import pandas as pd

from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.problem.problem import ChemistryProblem
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import Paragraph, Part, Picture, Section, Table
from chemopt.wording import counted

TITLE, WEIGHT = "Chemistry", 0.0
# Pools up to this size have a graph that is quickly built, and graphs that can be looked at.
_MIG_MODELS, _MIG_NODES = 12, 40
# Pairs in the table below the heatmap.
_PAIRS = 300


def make(case: Case, share: Share) -> Section:
    """Show the table, the pairs with most chemistry, and for a small pool its MIG."""
    del share  # it takes no time
    problem = case.problem
    chosen = case.answer.models if case.answer is not None else ()
    pairs = problem.table.to_frame()
    order = pairs["chemistry"].abs().sort_values(ascending=False, kind="stable").index
    pairs = pairs.loc[order].reset_index(drop=True)
    shown = pairs.head(_PAIRS)
    caption = (
        "Chemistry of each pair"
        if len(shown) == len(pairs)
        else f"The {_PAIRS} pairs with most chemistry, of {len(pairs)}"
    )
    about = {"models": problem.models, "matrix": problem.matrix, "chosen": chosen}
    marked = " The recommended models are marked." if chosen else ""
    parts: list[Part] = [
        Paragraph(
            "Chemistry is how much two models change what the other is worth: pairs that do the "
            "same, or help each other, have much of it. Models with much chemistry stand side by "
            "side in the heatmap."
        ),
        Picture(
            "chemistry_heatmap",
            f"A heatmap of the chemistry of {counted(len(pairs), 'pair')}, clustered.{marked}",
            about,
            Table(caption, shown, folded=True),
        ),
        Picture(
            "chemistry_network",
            f"The pairs with most chemistry as lines between models on a circle.{marked}",
            about,
        ),
    ]
    if (graph := _graph(problem)) is not None:
        parts.append(_graph_part(problem, graph))
    if case.answer is not None and case.answer.verdict is not None:
        verdict = case.answer.verdict
        names = ", ".join(chosen)
        parts.insert(0, Paragraph(f"Least loss: {names} ({verdict.claim})."))
        parts.insert(0, Paragraph(verdict.sentence, "verdict"))
    return Section("chemistry", TITLE, _headline(problem, pairs), tuple(parts))


def _graph_part(problem: ChemistryProblem, graph: ModelInteractionGraph) -> Part:
    number = (
        f"{counted(len(graph), 'node')} cover all {2 ** len(problem.models)} subsets of the pool"
    )
    if len(graph) > _MIG_NODES:
        return Paragraph(
            f"In the model interaction graph (MIG) {number}, too many to look at; chemopt mig "
            "lists them."
        )
    nodes = pd.DataFrame(
        [(node.models, node.used, node.cost) for node in graph], columns=["models", "used", "cost"]
    )
    return Picture(
        "interaction_graph",
        f"The model interaction graph (MIG): {number}.",
        {"nodes": nodes, "edges": sorted(graph.to_networkx().edges, key=_by_names)},
        Table("Nodes of the graph", graph.to_frame(), folded=True),
    )


def _graph(problem: ChemistryProblem) -> ModelInteractionGraph | None:
    """Return the MIG of a small pool whose profiles and cost are known."""
    settings = problem.table.settings
    if problem.profiles is None or len(problem.models) > _MIG_MODELS:
        return None
    if str(settings.get("weights", "")).startswith("callable "):
        return None  # the weights are not in the table
    names = ("usage_threshold", "empty_cost", "weights")
    cost = {name: settings[name] for name in names if name in settings}
    return ModelInteractionGraph(ProfileCost(problem.profiles, **cost))


def _by_names(edge: tuple[frozenset[str], frozenset[str]]) -> list[tuple[int, list[str]]]:
    return [(-len(node), sorted(node)) for node in edge]


def _headline(problem: ChemistryProblem, pairs: pd.DataFrame) -> str:
    if not problem.table.largest:
        return "No pair of models has chemistry."
    some = int((pairs["chemistry"] != 0).sum())
    top = pairs.iloc[0]
    return (
        f"{some} of {counted(len(pairs), 'pair')} {'has' if some == 1 else 'have'} chemistry; the "
        f"largest, {top['chemistry']:.4g}, is that of {top['model_a']} and {top['model_b']}."
    )

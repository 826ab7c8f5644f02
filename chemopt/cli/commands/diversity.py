"""``chemopt diversity``: classical diversity of pairs, and chemistry next to it."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.chemistry.compute import compute_chemistry
from chemopt.cli import options
from chemopt.cli.inputs import holds_outcomes, is_table, kind_of_path, read_history, read_outcomes
from chemopt.cli.output import check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.diversity import MEASURES, diversity, ensemble_diversity
from chemopt.outcomes.of_history import outcomes_of_history
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.read import holds_logs
from chemopt.plots.pairs import pair_heatmap
from chemopt.problem.problem import CHEMISTRY_OPTIONS, PROFILE_OPTIONS
from chemopt.profiles.profiles import learn_profiles
from chemopt.studies.diversity.contrast import contrast

NAME = "diversity"
HELP = (
    "Compute classical diversity measures of every pair of models, from outcomes (columns "
    "model, item, correct) or from a history, then next to the chemistry of the pair."
)
_TESTING = ("permutations", "seed")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("input", metavar="INPUT", help=f"{options.OUTCOMES_HELP}, or a history")
    options.add_reading(parser, prices=False)
    parser.add_argument(
        "--model", dest="models", action="append", metavar="MODEL",
        help="look at this model; repeatable (all)",
    )  # fmt: skip
    group = options.add_chemistry(parser)
    group.add_argument(
        "--permutations", type=options.whole, metavar="N",
        help="permutations of the Mantel test of chemistry against a measure (999)",
    )  # fmt: skip
    group.add_argument("--seed", type=options.whole, help="seed of the permutations (0)")
    options.add_plot(parser, "the disagreement of each pair")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    if not is_table(arguments.input) and not holds_logs(arguments.input):
        raise InputError(
            f"{arguments.input}: {kind_of_path(arguments.input)}; give outcomes or a history "
            f"({', '.join(SUFFIXES)})"
        )
    if holds_outcomes(arguments):
        _refuse_options_of_histories(arguments)
        outcomes = read_outcomes(arguments, missing="keep")
        pairs, correlations = diversity(_chosen(outcomes, arguments)), None
    else:
        history = read_history(arguments)
        profiles = learn_profiles(
            history, arguments.task, **options.given(arguments, PROFILE_OPTIONS)
        )
        table = compute_chemistry(profiles, **options.given(arguments, CHEMISTRY_OPTIONS))
        outcomes = _chosen(outcomes_of_history(history, arguments.task), arguments)
        contrasted = contrast(table, outcomes, **options.given(arguments, _TESTING))
        pairs, correlations = contrasted.pairs, contrasted.correlations
    write_plot(lambda: pair_heatmap(pairs, "disagreement", about=outcomes.source), arguments.plot)
    means = ensemble_diversity(pairs).reset_index()
    frames = {"pairs": pairs, "means": means}
    if correlations is not None:
        frames["correlations"] = correlations
    emit_frame(
        arguments,
        pairs,
        table=lambda: _tables(pairs, means, correlations),
        data=lambda: {name: frame_records(frame) for name, frame in frames.items()},
    )
    return 0


def _tables(pairs: pd.DataFrame, means: pd.DataFrame, correlations: pd.DataFrame | None) -> str:
    """Write the pairs, the means, and for a history the correlations, one below the other."""
    columns = ["model_a", "model_b", "chemistry", "items", *MEASURES, "undefined"]
    shown = pairs[[column for column in columns if column in pairs]]
    formats = {column: "{:.4f}" for column in ("chemistry", *MEASURES) if column in pairs}
    blocks = [
        frame_text(_without_empty(shown), formats),
        "mean over pairs",
        frame_text(means, {"mean": "{:.4f}"}),
    ]
    if correlations is not None:
        title = "rank correlation of chemistry with each measure, over pairs (p: Mantel test)"
        blocks += [
            title,
            frame_text(_without_empty(correlations), {"rho": "{:.3f}", "p": "{:.3f}"}),
        ]
    return "\n\n".join(blocks)


def _without_empty(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the column of reasons when there is none to show."""
    return frame if frame["undefined"].notna().any() else frame.drop(columns="undefined")


def _refuse_options_of_histories(arguments: argparse.Namespace) -> None:
    names = (
        *options.HISTORY_OPTIONS, *PROFILE_OPTIONS, *CHEMISTRY_OPTIONS,
        *_TESTING,
    )  # fmt: skip
    useless = options.given(arguments, names)
    if useless:
        raise InputError(
            f"{options.flag(next(iter(useless)))} applies to histories only; {arguments.input} "
            "holds outcomes, which have no chemistry"
        )


def _chosen(outcomes: Outcomes, arguments: argparse.Namespace) -> Outcomes:
    return outcomes if arguments.models is None else outcomes.take_models(arguments.models)

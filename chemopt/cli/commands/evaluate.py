"""``chemopt evaluate``: the loss of a given ensemble, and what would improve it."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.analysis.alternatives import best_moves, contributions
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_records, frame_text
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.plots.models import contributions as draw_contributions
from chemopt.problem.check import violations
from chemopt.problem.loss import LossTerms, loss_terms
from chemopt.problem.problem import ChemistryProblem

NAME = "evaluate"
HELP = "Show the loss of a given ensemble, what each model adds, and which change is best."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    parser.add_argument(
        "--ensemble", nargs="*", required=True, metavar="MODEL", help="the models of the ensemble"
    )
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_plot(parser, "what each model does to the loss")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    problem = resolve_m_inter(read_input_problem(arguments))
    added, moves = (
        function(problem, arguments.ensemble) for function in (contributions, best_moves)
    )
    models = tuple(added.loc[added["chosen"], "model"])
    terms, broken = loss_terms(problem, problem.positions(models)), violations(problem, models)
    summary = _summary(problem, models, terms, broken)
    write_plot(lambda: draw_contributions(added, about=problem.caption()), arguments.plot)
    emit_frame(
        arguments,
        added,
        table=lambda: f"{summary}\n\n{_tables(added, moves)}",
        data=lambda: {
            "models": sorted(models),
            **{name: getattr(terms, name) for name in _TERMS},
            "size": len(models),
            "broken": broken,
            "contributions": frame_records(added),
            "moves": frame_records(moves),
        },
    )
    return 0


_TERMS = ("loss", "loss_inter", "loss_intra", "size_penalty", "inter", "intra")


def _tables(added: pd.DataFrame, moves: pd.DataFrame) -> str:
    signed = dict.fromkeys(("contribution", "inter_term", "intra_term"), "{:+.6f}")
    changes = frame_text(moves, {"loss": "{:.6f}", "change": "{:+.6f}"})
    shown = added.drop(columns="inter_allowed")  # `allowed` says it, too
    return f"{frame_text(shown, signed)}\n\nbest single changes\n\n{changes}"


def _summary(
    problem: ChemistryProblem, models: tuple[str, ...], terms: LossTerms, broken: tuple[str, ...]
) -> str:
    return "\n".join(
        [
            f"{', '.join(sorted(models)) or '(no model)'}: "
            f"{len(models)} of {len(problem.models)} models",
            f"loss {terms.loss:.6f} = inter {terms.loss_inter:.6f} + intra {terms.loss_intra:.6f} "
            f"+ size {terms.size_penalty:.6f}",
            f"infeasible: {'; '.join(broken)}" if broken else "meets all constraints",
        ]
    )

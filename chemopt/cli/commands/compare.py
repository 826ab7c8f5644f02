"""``chemopt compare``: methods side by side, against the proved optimum."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.analysis.baselines import size_baselines
from chemopt.analysis.compare import compare
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import (
    Progress,
    baselines_text,
    check_writable,
    emit_frame,
    note,
    partly,
    warn,
)
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.evidence.verdict import Worth
from chemopt.frames import frame_text, percent
from chemopt.methods.registry import METHODS
from chemopt.plots.comparison import compare as draw_compare
from chemopt.problem.problem import ChemistryProblem
from chemopt.wording import counted, meant

NAME = "compare"
HELP = "Compare methods with each other and with the proved optimum."

# Ensembles whose verdicts are above the table.
_JUDGED = 3
_ABOUT_BOUNDS = (
    "Where no method proved the optimum, there is no gap to it; bound_gap is that to the best\n"
    "bound known, and the true gap is at most this."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_problem(parser, several=True)
    options.add_solver(parser, options.WHOLE)
    options.add_executor(parser)
    group = parser.add_argument_group("the methods")
    group.add_argument(
        "--method", type=_methods, metavar="METHODS",
        help=f"methods separated by commas, of {', '.join(METHODS)} (hill-climb,highs)",
    )  # fmt: skip
    options.add_plot(parser, "losses, or gaps over alpha and beta,")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    # α and β are lists here, and `compare` sets them for each run.
    alphas, betas = arguments.alpha, arguments.beta
    arguments.alpha = arguments.beta = None
    chosen = options.given(arguments, (*options.SOLVER_OPTIONS, "executor"))
    if arguments.method is not None:
        chosen["methods"] = arguments.method
    problem = read_input_problem(arguments)
    frame, code = partly(
        lambda: compare(problem, alphas=alphas, betas=betas, progress=Progress("runs"), **chosen)
    )
    warnings = _warnings(frame)
    write_plot(lambda: draw_compare(frame), arguments.plot)
    emit_frame(arguments, frame, table=lambda: _table(problem, frame, warnings))
    warn(warnings, arguments)
    if code or frame["loss"].notna().any():
        return code
    first = frame.iloc[0]
    note(f"{first['status']}: {first['message']}")
    return 1


def _warnings(frame: pd.DataFrame) -> list[str]:
    """Return each warning once, with the methods it is of where it is not of all."""
    methods: dict[str, list[str]] = {}
    for method, warnings in zip(frame["method"], frame["warnings"], strict=True):
        for warning in warnings:
            methods.setdefault(warning, []).append(method)
    everywhere = set(frame["method"])
    return [
        warning if set(of) == everywhere else f"{', '.join(dict.fromkeys(of))}: {warning}"
        for warning, of in methods.items()
    ]


def _table(problem: ChemistryProblem, frame: pd.DataFrame, warnings: list[str]) -> str:
    """Write a comparison, the baselines of the sizes in it, and what to be warned of."""
    sizes = sorted(set(frame.loc[frame["loss"].notna(), "size"]))
    beside = pd.concat([size_baselines(problem, int(size)) for size in sizes] or [pd.DataFrame()])
    blocks = [*_first(frame), _rows(frame)]
    if _unproved(frame).any():
        blocks.append(_ABOUT_BOUNDS)
    if len(beside):
        top = beside["name"] == "top-k"  # one of each size; the others are the same for all
        beside = pd.concat([beside[top], beside[~top].drop_duplicates(["name", "models"])])
        blocks.append(baselines_text(beside))
    if warnings:
        blocks.append("\n".join(f"warning: {warning}" for warning in warnings))
    return "\n\n".join(blocks)


def _first(frame: pd.DataFrame) -> list[str]:
    """Say what the least loss is and what its ensemble is worth, for each of the first few."""
    found = frame[frame["loss"].notna() & frame["verdict"].notna()]
    # losses of different α and β are not comparable
    ordered = found.assign(unproved=found["status"] != "optimal")
    least = ordered.sort_values(["unproved", "loss"], kind="stable")
    least = least.drop_duplicates(["alpha", "beta"])
    least = least.sort_index().drop_duplicates("models")
    said = []
    for row in least.head(_JUDGED).to_dict("records"):
        claim, sentence = row["verdict"]["claim"], row["verdict"]["sentence"]
        where = f"{claim}, by {row['method']} at alpha {row['alpha']:g}, beta {row['beta']:g}"
        serves = row["verdict"]["word"] != Worth.WRONG_OBJECTIVE.value
        said += [where, sentence] if serves else [sentence, where]
    if (more := len(least) - _JUDGED) > 0:
        said.append(f"Of {counted(more, 'more ensemble')} --format json has the verdicts.")
    return ["\n".join(said)] if said else []


def _unproved(frame: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows have a loss that no proved optimum can be compared with."""
    return frame["loss"].notna() & frame["optimum"].isna()


def _rows(frame: pd.DataFrame) -> str:
    """Write the rows without their ensembles, with gaps in percent."""
    shown = frame.drop(columns=["models", "bound", "message", "warnings", "verdict"])
    unknown = [name for name in ("accuracy", "coverage", "vote") if frame[name].isna().all()]
    shown = shown.drop(columns=unknown)
    shown["gap"] = [percent(gap) for gap in frame["gap"]]
    shown["bound_gap"] = [percent(gap) for gap in frame["bound_gap"]]
    if not _unproved(frame).any():
        shown = shown.drop(columns="bound_gap")
    formats = {"alpha": "{:g}", "beta": "{:g}", "loss": "{:.6f}", "optimum": "{:.6f}",
               "jaccard": "{:.2f}", "accuracy": "{:.3f}", "coverage": "{:.3f}",
               "vote": "{:.3f}", "runtime": "{:.3f} s"}  # fmt: skip
    return frame_text(shown, {name: form for name, form in formats.items() if name in shown})


def _methods(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in METHODS:
            raise argparse.ArgumentTypeError(f"unknown method {name!r}; {meant(name, METHODS)}")
    return names

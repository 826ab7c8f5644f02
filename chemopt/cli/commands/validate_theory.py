"""``chemopt validate-theory``: check statements about the cost and chemistry."""

from __future__ import annotations

import argparse
import math
import textwrap

from chemopt.chemistry.cost import RANK_WEIGHTS
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_records, frame_text
from chemopt.studies.theory.validate import Validation, validate_theory

NAME = "validate-theory"
HELP = "Check statements about the cost and chemistry on generated profiles."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--models", type=options.whole, metavar="N", help="size of the pools for the trend (8)"
    )
    parser.add_argument(
        "--pools", type=options.whole, metavar="N", help="pools of each size and shape (100)"
    )
    parser.add_argument("--weights", choices=tuple(RANK_WEIGHTS), help="rank weights (reciprocal)")
    parser.add_argument("--seed", type=options.whole, help="seed (0)")
    options.add_plot(parser, "the trend of chemistry")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    chosen = options.given(arguments, ("models", "pools", "weights", "seed"))
    result = validate_theory(progress=Progress("sizes and shapes"), **chosen)
    frames = {"statements": result.statements, "trend": result.trend}
    write_plot(result.plot, arguments.plot)
    emit_frame(
        arguments,
        result.statements,
        table=lambda: _text(result),
        data=lambda: {name: frame_records(frame) for name, frame in frames.items()},
    )
    return 0


def _text(result: Validation) -> str:
    """Write the statements one below the other, since their evidence is long."""
    blocks = []
    for row in result.statements.to_dict("records"):
        empty = "empty set left out" if math.isnan(row["empty_cost"]) else "empty set costs 1"
        lines = [f"{row['verdict']}: {row['statement']} ({empty})"]
        lines += textwrap.wrap(row["evidence"], 96)
        if row["counterexample"]:
            lines += textwrap.wrap(f"smallest found: {row['counterexample']}", 96)
        blocks.append("\n    ".join(lines))
    trend = result.trend.assign(empty_cost=result.trend["empty_cost"].map("{:g}".format))
    trend["empty_cost"] = trend["empty_cost"].replace("nan", "none")
    wide = trend.pivot(
        index=["shape", "empty_cost"], columns="heterogeneity", values="mean_chemistry"
    ).reset_index()
    wide.columns = [c if isinstance(c, str) else f"h = {c:g}" for c in wide.columns]
    levels = {str(c): "{:.4f}" for c in wide.columns[2:]}
    blocks.append("mean chemistry by heterogeneity h\n\n" + frame_text(wide, levels))
    return "\n\n".join(blocks)

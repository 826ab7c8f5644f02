"""``chemopt chemistry``: the chemistry of every pair of models."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.chemistry.compute import METHODS, compute_chemistry
from chemopt.chemistry.interactions import interactions
from chemopt.chemistry.table import ChemistryTable
from chemopt.cli import options
from chemopt.cli.inputs import cost_settings, is_instance, read_instance, read_profiles
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.plots.pairs import pair_heatmap
from chemopt.problem.problem import CHEMISTRY_OPTIONS

NAME = "chemistry"
HELP = "Compute the chemistry of every pair of models."
_COMPUTING = ("method", "samples", "seed", "cap")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser, prices=False)
    group = options.add_chemistry(parser)
    group.add_argument("--method", choices=METHODS, help="how to compute it (auto)")
    group.add_argument(
        "--samples", type=options.whole, metavar="N", help="subsets to try, for sampled (1000)"
    )
    group.add_argument("--seed", type=options.whole, help="seed, for sampled (0)")
    group.add_argument(
        "--no-cap", dest="cap", action="store_false", default=None, help="let ratios exceed 1"
    )
    group.add_argument(
        "--details", action="store_true",
        help="for each pair also the sign, both extremes, and subsets that attain them",
    )  # fmt: skip
    options.add_plot(parser, "the heatmap (with --details of signed chemistry)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    if arguments.details:
        _emit_details(arguments)
        return 0
    if is_instance(arguments):
        table = read_instance(arguments, not_taken=_COMPUTING).table
    else:
        chosen = cost_settings(arguments, (*CHEMISTRY_OPTIONS, *_COMPUTING))
        for option in ("samples", "seed"):
            if option in chosen and chosen.get("method") != "sampled":
                raise InputError(f"{options.flag(option)} applies to --method sampled only")
        table = compute_chemistry(
            read_profiles(arguments), progress=Progress("chemistry"), **chosen
        )
    write_plot(table.plot, arguments.plot)
    emit_frame(arguments, table.to_frame(), table=lambda: _matrix(table), data=table.to_dict)
    return 0


def _matrix(table: ChemistryTable) -> str:
    """Write a table as a matrix whose columns are numbered as its rows are."""
    numbers = [str(k) for k in range(1, len(table) + 1)]
    frame = pd.DataFrame(table.matrix, columns=numbers).map("{:.4f}".format)
    for k in range(len(numbers)):
        frame.iloc[k, k] = "·"
    frame.insert(0, "model", [f"{n} {m}" for n, m in zip(numbers, table.models, strict=True)])
    settings = ", ".join(f"{key} {value}" for key, value in table.settings.items())
    return f"{frame_text(frame)}\n\n{settings}" if settings else frame_text(frame)


def _emit_details(arguments: argparse.Namespace) -> None:
    """Write the sign, the extremes and the witnesses of each pair."""
    useless = options.given(arguments, ("method", "samples", "seed", "tau"))
    if useless:
        raise InputError(f"{options.flag(next(iter(useless)))} has no effect with --details")
    settings = cost_settings(arguments, ("usage_threshold", "empty_cost", "weights"))
    settings.update(cost_settings(arguments, ("cap",)))
    details = interactions(read_profiles(arguments), progress=Progress("pairs"), **settings)
    write_plot(lambda: pair_heatmap(details, "signed", about=arguments.input), arguments.plot)
    witnesses = ["witness", "negative_witness", "positive_witness"]
    frame = details.copy()
    for column in witnesses:
        frame[column] = [None if X is None else "{" + ", ".join(X) + "}" for X in details[column]]
    formats = dict.fromkeys(("chemistry", "signed", "most_negative", "most_positive"), "{:.6f}")
    emit_frame(
        arguments,
        frame,
        table=lambda: frame_text(frame.drop(columns=witnesses[1:]), formats),
        data=lambda: frame_records(details),
    )

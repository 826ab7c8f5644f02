"""``chemopt replicate``: the published experiments, computed again."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_records
from chemopt.studies.replicate import replicate
from chemopt.studies.replicate.bootstrap import UNITS
from chemopt.studies.replicate.published import DATASETS, SOURCE
from chemopt.studies.replicate.settings import CONVENTIONS, EXPERIMENTS

NAME = "replicate"
HELP = "Compute the published experiments again and put the figures next to the published ones."
_OPTIONS = ("experiment", "convention", "unit", "resamples", "seed")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    files = ", ".join(data.file for data in DATASETS)
    parser.add_argument(
        "--data", required=True, metavar="DIR", help=f"folder with {files} of {SOURCE}"
    )
    parser.add_argument("--experiment", choices=(*EXPERIMENTS, "all"), help="which one (all)")
    parser.add_argument(
        "--convention", choices=CONVENTIONS,
        help="compute as the reference does, or also with its mistakes corrected, one at a time "
        "and together (reference)",
    )  # fmt: skip
    group = parser.add_argument_group("bootstrap intervals")
    group.add_argument(
        "--unit", choices=UNITS,
        help="draw trials, or batches of trials, which repeat ensembles (trial)",
    )  # fmt: skip
    group.add_argument("--resamples", type=options.whole, metavar="N", help="draws (2000)")
    group.add_argument("--seed", type=options.whole, help="seed of the draws (0)")
    options.add_plot(parser, "figures next to the published ones")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    replication = replicate(
        arguments.data, **options.given(arguments, _OPTIONS), progress=Progress("experiments")
    )
    write_plot(replication.plot, arguments.plot)
    emit_frame(
        arguments,
        replication.figures,
        table=lambda: str(replication),
        data=lambda: {
            "source": SOURCE,
            "convention": replication.convention,
            "unit": replication.unit,
            "resamples": replication.resamples,
            "seed": replication.seed,
            "files": frame_records(replication.files),
            "figures": frame_records(replication.figures),
            "verdicts": frame_records(replication.verdicts),
        },
    )
    return 0

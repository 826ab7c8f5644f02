"""``chemopt study``: many problems, methods and seeds, in a resumable store."""

from __future__ import annotations

import argparse

from chemopt.cli import INTERRUPTED, NO_ANSWER, options
from chemopt.cli.output import Progress, check_writable, emit_frame, note
from chemopt.errors import InputError
from chemopt.studies.study.study import Study
from chemopt.studies.study.table import (
    EXPORTS,
    StudyStatus,
    check_export,
    export_table,
    read_status,
    read_table,
    summary_text,
)
from chemopt.studies.study.toml_file import read_study

NAME = "study"
_CARRYING_OUT = ("executor", "workers", "memory_limit", "time_limit", "retries")
HELP = "Carry out many problems, methods and seeds, and go on after any interruption."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "study", metavar="STUDY.toml", nargs="?",
        help="problems, methods, options and seeds; see docs/studies.md (not needed for --status "
        "and --export)",
    )  # fmt: skip
    group = parser.add_argument_group("the store")
    group.add_argument(
        "--store", required=True, metavar="FOLDER",
        help="grows with each run; the same command goes on where an earlier one ended",
    )  # fmt: skip
    group.add_argument(
        "--status", action="store_true", help="say how far it is, also while it runs; run nothing"
    )
    group.add_argument(
        "--export", metavar="FILE",
        help=f"write the table, as far as it is, to a file ({', '.join(EXPORTS)}); run nothing",
    )  # fmt: skip
    group = parser.add_argument_group("carrying out")
    options.add_executor(group)
    group.add_argument(
        "--workers", type=options.whole, metavar="N",
        help="number of processes of the executor 'processes' (as many as processors)",
    )  # fmt: skip
    group.add_argument(
        "--memory-limit", type=options.number, metavar="GB",
        help="largest address space of each process of the executor 'processes' (none)",
    )  # fmt: skip
    group.add_argument(
        "--time-limit", type=options.number, metavar="SECONDS",
        help="for all runs together (none); that of a run is an option in the study",
    )  # fmt: skip
    group.add_argument(
        "--retries", type=options.whole,
        help="how often a run that failed or died is begun again (0)",
    )  # fmt: skip
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    if arguments.export is not None:
        check_export(arguments.export)
    if arguments.status or arguments.export is not None:
        options.refuse(arguments, _CARRYING_OUT, "--status and --export run nothing")
        if not arguments.status:
            options.refuse(arguments, ("output",), "--export FILE names the file")
        return _read(arguments)
    if arguments.study is None:
        raise InputError("a file STUDY.toml is needed to run (see 'chemopt study --help')")
    study = read_study(arguments.study)
    try:
        frame = study.run(
            arguments.store, progress=Progress("runs"), **options.given(arguments, _CARRYING_OUT)
        )  # fmt: skip
    except KeyboardInterrupt:
        note(f"interrupted; {_how_far(study, arguments.store)}: rerun the command to resume")
        return INTERRUPTED
    status = study.status(arguments.store)
    emit_frame(arguments, frame, table=lambda: f"{summary_text(frame)}\n\n{status}")
    return _code(status, arguments)


def _how_far(study: Study, store: str) -> str:
    try:
        return str(study.status(store))
    except InputError:  # it was interrupted before there was a store
        return f"0 of {len(study.runs)} runs done"


def _code(status: StudyStatus, arguments: argparse.Namespace) -> int:
    """Say what is missing, and return the exit code."""
    if status.done < status.runs:
        note(f"partial: the time limit ended it; {status}: rerun the command to resume")
        return NO_ANSWER
    if status.failed:
        note(
            f"{status.failed} of {status.runs} failed or died: the column 'error' of the table "
            f"says why (--export FILE), and --retries begins them again"
        )
        return NO_ANSWER
    return 0


def _read(arguments: argparse.Namespace) -> int:
    """Show or export what there is; of the study given, else of the one run last."""
    if arguments.study is None:
        status, frame = read_status(arguments.store), read_table(arguments.store)
    else:
        study = read_study(arguments.study)
        status, frame = study.status(arguments.store), study.table(arguments.store)
    if arguments.export is not None:
        export_table(frame, arguments.export)
    if arguments.status:
        emit_frame(arguments, frame, table=lambda: f"{summary_text(frame)}\n\n{status}")
    else:
        note(f"{arguments.export}: {status}")
    return 0

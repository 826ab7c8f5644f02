"""Write results as a table, JSON or CSV, to stdout or to a file that is replaced all at once."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd

from chemopt.cli import INTERRUPTED, NO_ANSWER
from chemopt.errors import InputError, Interrupted
from chemopt.frames import frame_records, frame_text, printable, printable_lines, to_json
from chemopt.history import files

Result = TypeVar("Result")
logger = logging.getLogger(__name__)

# Endings of files that are not text of any kind.
_FORMS = (
    "csv", "html", "jpg", "json", "lp", "mps", "parquet", "pdf", "png", "svg", "xlsx"
)  # fmt: skip
# Seconds after which a rate is known, and between two messages in the log.
_SURE_AFTER = 1.0
_TOLD_EVERY = 5.0


def check_writable(output: str | None) -> None:
    """Raise before the work begins if the output file cannot be written.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written to, or the path is a folder.
    """
    if output is None:
        return
    if not output:
        raise InputError("-o needs the name of a file, not an empty one")
    files.check_writable(output)


def check_ending(output: str | None, form: str) -> None:
    """Raise before the work begins if a file is named as if another form were written.

    Raises
    ------
    InputError
        The ending is that of a form, and of another one.
    """
    ending = _ending(output)
    if ending in _FORMS and ending != form:
        written = "a table of text" if form == "table" else form.upper()
        raise InputError(
            f"-o {output}: {written} is written, not {ending.upper()}; name the file, or what is "
            "written, otherwise"
        )


def form_of(output: str | None, forms: Sequence[str]) -> str:
    """Return the form that the ending of a file names, else the first of some.

    Examples
    --------
    >>> form_of("found.json", ("table", "json", "csv")), form_of(None, ("table", "json", "csv"))
    ('json', 'table')
    """
    ending = _ending(output)
    return ending if ending in forms else forms[0]


def _ending(output: str | None) -> str:
    return "" if output is None else Path(output).suffix.lower().removeprefix(".")


def emit(text: str, output: str | None) -> None:
    """Write a result to stdout, or to a file that is complete or untouched.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    text = text if text.endswith("\n") else text + "\n"
    if output is None:
        if sys.stdout is not None and sys.stdout.isatty():
            text = printable_lines(text)
        if sys.stdout is None:
            raise InputError("there is no stdout to write to; give a file with -o")
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"stdout cannot be written to: {error.strerror}") from error
        return
    files.write_file(text.encode(), output)


def emit_frame(
    arguments: argparse.Namespace,
    frame: pd.DataFrame,
    formats: str | dict[str, str] | None = None,
    *,
    table: Callable[[], str] | None = None,
    data: Callable[[], Any] | None = None,
) -> None:
    """Write a result in the form of `--format` to the file of `-o`.

    Parameters
    ----------
    arguments : Namespace
        With `format` and `output`.
    frame : DataFrame
        Its rows are the CSV; they are also the table and the JSON unless `table` and `data` are
        given. Lists (ensembles, warnings) are lists in JSON and in the cells of a CSV, too; in a
        table, names with commas between, and sentences one after the other.
    formats : str or dict, optional
        How the table writes all columns of floating-point numbers, or each of some columns.
    table, data : callable, optional
        Return the text of the table, and what the JSON holds.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if arguments.format == "json":
        text = to_json(frame_records(frame) if data is None else data())
    elif arguments.format == "csv":
        text = frame.map(_cell).to_csv(index=False)
    elif table is not None:
        text = printable_lines(table())
    else:
        if isinstance(formats, str):
            formats = dict.fromkeys(map(str, frame.select_dtypes("float")), formats)
        text = frame_text(_joined(frame), formats)
    emit(text, arguments.output)


def _cell(value: Any) -> Any:
    """Return a list as JSON, so that a name with a comma in it stays one; others as they are."""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """Write each ensemble as names separated by commas, and warnings one after the other."""
    joined = {
        column: [separator.join(words) for words in frame[column]]
        for column, separator in (("models", ", "), ("warnings", " "))
        if column in frame and any(isinstance(words, list | tuple) for words in frame[column])
    }
    return frame.assign(**joined)


def note(text: str) -> None:
    """Write a remark next to the result, on stderr."""
    print(f"chemopt: {printable(text)}", file=sys.stderr)


def partly(compute: Callable[[], Result]) -> tuple[Result, int]:
    """Return what a call comes to, and the exit code: also of one that Ctrl-C ends halfway.

    What is missing is said on stderr. A call that a time limit ended is no failure.
    """
    try:
        result = compute()
    except Interrupted as error:
        note(f"{error}")
        return cast("Result", error.result), INTERRUPTED
    table = next(
        (getattr(result, name) for name in ("results", "resamples") if hasattr(result, name)),
        result,
    )
    if missing := getattr(table, "attrs", {}).get("partial"):
        note(missing)
    return result, 0


def warn(warnings: Iterable[str], arguments: argparse.Namespace, *, in_table: bool = True) -> None:
    """Write warnings on stderr, unless they are seen already.

    Parameters
    ----------
    warnings : iterable of str
    arguments : Namespace
        With `format` and `output`.
    in_table : bool
        Whether the table ends with them; where it is on stdout, they are not repeated.
    """
    if in_table and arguments.format == "table" and arguments.output is None:
        return
    for warning in warnings:
        note(f"warning: {warning}")


def baselines_text(frame: pd.DataFrame) -> str:
    """Write what `chemopt.analysis.baselines` returns as a table, names of models last."""
    from chemopt.selection.baselines import unproved_named

    shown = unproved_named(frame)
    shown = shown[[*shown.columns.drop("models"), "models"]].assign(
        models=[", ".join(models) or "-" for models in shown["models"]]
    )
    return frame_text(shown, dict.fromkeys(map(str, frame.select_dtypes("float")), "{:.3f}"))


def tell_no_answer(status: str, message: str, arguments: argparse.Namespace) -> int:
    """Say why there is no answer, unless a table on stdout did, and return the exit code."""
    if arguments.format != "table" or arguments.output is not None:
        note(f"{status}: {message}")
    return NO_ANSWER


class Progress:
    """How far a command is, and when it will be done.

    On a terminal a line on stderr, erased when done; with ``--verbose`` or in a log file a message
    every few seconds.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._logged = logger.isEnabledFor(logging.INFO)
        self._shown = sys.stderr.isatty() and not self._logged
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show the count, and the time left if all that is to do takes as long as what is done."""
        now = time.monotonic()
        text = f"{self._what}: {done} of {total}"
        if 0 < done < total and now - self._began >= _SURE_AFTER:
            left = (now - self._began) / done * (total - done)
            text += f", about {_duration(left)} left"
        if self._shown:
            end = "\r\033[K" if done >= total else "\033[K"
            print(f"\r{text}{end}", end="", file=sys.stderr, flush=True)
        if self._logged and (done >= total or now - self._told >= _TOLD_EVERY):
            self._told = now
            logger.info("%s", text)


def _duration(seconds: float) -> str:
    """Write a duration in its largest units.

    Examples
    --------
    >>> _duration(42.4), _duration(200), _duration(7320)
    ('42 s', '3 min 20 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

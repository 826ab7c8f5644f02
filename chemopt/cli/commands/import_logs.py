"""``chemopt import``: what an evaluation tool wrote, as a long table of outcomes."""

from __future__ import annotations

import argparse
import io

import pandas as pd

from chemopt.cli import options
from chemopt.cli.output import check_writable, emit, note
from chemopt.errors import InputError
from chemopt.history import files
from chemopt.outcomes.importers.collect import AUTO, Imported, read_samples
from chemopt.outcomes.importers.registry import FORMATS
from chemopt.outcomes.prices import cost_of_tokens, read_prices
from chemopt.wording import counted

NAME = "import"
_ROWS = 100_000
HELP = "Make outcomes (CSV, Parquet) of the logs of an evaluation tool."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "source", metavar="FORMAT", choices=(AUTO, *FORMATS),
        help=f"{AUTO} (the content decides), {', '.join(FORMATS)}",
    )  # fmt: skip
    parser.add_argument(
        "input", metavar="PATH", help="a file, or a folder: all files of the format in it and below"
    )
    options.add_import(parser.add_argument_group("reading logs"))
    parser.add_argument(
        "-o", "--output", metavar="FILE",
        help="write to this file (.csv, .parquet) instead of CSV to stdout",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    output: str | None = arguments.output
    if output is not None and not output.lower().endswith((".csv", ".parquet")):
        raise InputError(f"{output}: outcomes are written as .csv or .parquet")
    imported = read_samples(arguments.input, arguments.source, arguments.metric)
    frame, warnings = imported.frame, imported.warnings
    if arguments.prices is not None:
        cost, told = cost_of_tokens(frame, read_prices(arguments.prices), arguments.input)
        frame, warnings = frame.assign(cost=cost), (*warnings, *told)
    if output is not None and output.lower().endswith(".parquet"):
        files.write_file(_parquet(frame), output)
    else:
        emit(_whole_numbers(frame).to_csv(index=False, lineterminator="\n"), output)
    for warning in warnings:
        note(f"warning: {warning}")
    if output is not None:
        note(_summary(imported))
    return 0


def _summary(imported: Imported) -> str:
    frame = imported.frame
    models, rows = frame["model"].nunique(), len(frame)
    return f"{imported.format}: {counted(rows, 'outcome')} of {counted(models, 'model')}"


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Write right and wrong, and tokens, without a point where all are whole."""
    whole = {
        name: "Int64"
        for name in ("correct", "input_tokens", "output_tokens")
        if name in frame and (frame[name].dropna() % 1 == 0).all()
    }
    return frame.astype(whole)


def _parquet(frame: pd.DataFrame) -> bytes:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError("writing .parquet needs pyarrow: pip install 'chemopt[parquet]'") from None
    texts = frame.select_dtypes("category").columns
    schema = pyarrow.schema(
        [(name, pyarrow.string() if name in texts else pyarrow.float64()) for name in frame]
    )
    buffer = io.BytesIO()
    # part by part, since a million texts take much memory as a column
    with parquet.ParquetWriter(buffer, schema) as writer:
        for start in range(0, len(frame), _ROWS):
            part = frame.iloc[start : start + _ROWS].astype(dict.fromkeys(texts, object))
            writer.write_table(pyarrow.Table.from_pandas(part, schema, preserve_index=False))
    return buffer.getvalue()

"""Reading text and tables, with errors that name the file; and writing files atomically."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import math
import os
import tempfile
import warnings
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import HistoryError, InputError
from chemopt.validation import instance_of

SUFFIXES = (".csv", ".csv.gz", ".parquet")


def read_text(path: str | Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        The path is none, or the file is missing, cannot be read, or is not UTF-8.
    """
    instance_of("a path is needed", path, (str, Path))
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a path with a null byte, or with half a character
        raise InputError(f"{path!r}: not a path: {error}") from None


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it is: CSV as text, Parquet with its types; errors name the file.

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged.
    """
    if not str(path).lower().endswith(SUFFIXES):
        known = ", ".join(map(repr, SUFFIXES))
        raise HistoryError(f"{path}: unknown kind of file; it must be one of {known}")
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except FileNotFoundError:
        raise HistoryError(f"{path}: no such file") from None
    except OSError as error:
        # gzip.BadGzipFile is an OSError without strerror
        raise HistoryError(f"{path}: cannot be read: {error.strerror or error}") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    path.stat()
    try:
        import pyarrow
    except ImportError:
        raise HistoryError(
            f"{path}: reading .parquet needs pyarrow: pip install 'chemopt[parquet]'"
        ) from None
    try:
        return with_index_as_columns(pd.read_parquet(path, engine="pyarrow"))
    except pyarrow.ArrowException as error:
        raise HistoryError(f"{path}: not a Parquet file: {error}") from error


def with_index_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which a named index (`model`, say) is a column."""
    named = [name for name in frame.index.names if name is not None]
    clash = set(named) & set(frame.columns)
    return frame.reset_index(drop=not named or bool(clash))


def _read_csv(path: Path) -> pd.DataFrame:
    compressed = path.suffix.lower() == ".gz"
    # Decode before parsing: it costs little, and the error can name the line of a bad byte.
    try:
        content = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
    except (EOFError, zlib.error) as error:
        raise HistoryError(f"{path}: damaged gzip file: {error}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise HistoryError(
            f"{path}: line {line}: byte 0x{content[error.start]:02x} is not UTF-8; "
            "save the file as UTF-8"
        ) from None
    text = text.lstrip("\r\n")
    if not text.strip():
        raise HistoryError(f"{path}: the file is empty; a header and rows are needed")
    try:
        header = next(csv.reader(io.StringIO(text, newline="")), [])
        check_unique_columns(header, str(path))
        with warnings.catch_warnings():
            # pandas only warns of a first row that is longer than the header
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text, newline=""),
                dtype=str,
                keep_default_na=False,
                index_col=False,
                skip_blank_lines=False,
            )
    except pd.errors.ParserWarning:
        raise HistoryError(
            f"{path}: not a well-formed CSV file: row 1 has more fields than the header"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise HistoryError(f"{path}: not a well-formed CSV file: {reason}") from None


def check_unique_columns(columns: list[str], source: str) -> None:
    """Raise a `HistoryError` if a column name occurs more than once."""
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    if twice:
        raise HistoryError(
            f"{source}: the column {twice[0]!r} occurs {columns.count(twice[0])} "
            "times in the header; each name may occur once"
        )


def to_number(column: pd.Series[Any]) -> pd.Series[float]:
    """Return a column as numbers, NaN for values that are not numbers."""
    if pd.api.types.is_complex_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return pd.Series(math.nan, index=column.index)
    try:
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
    except OverflowError:  # a whole number beyond all floats
        numbers = pd.Series([_float_or_nan(value) for value in column], index=column.index)
    # Some versions of pandas read decimal text to within a unit in the last place only; float()
    # rounds correctly.
    rounded = [
        float(value) if isinstance(value, str) and not math.isnan(number) else number
        for value, number in zip(column, numbers, strict=True)
    ]
    return pd.Series(rounded, index=column.index, dtype=float)


def _float_or_nan(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def is_blank(column: pd.Series[Any]) -> pd.Series[bool]:
    """Return which values of a column are missing or blank."""
    return column.isna() | (column.astype("string").str.strip() == "").fillna(True).astype(bool)


def check_writable(output: str) -> None:
    """Raise if a file cannot be written; call it before long computations.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written to, or the path is a folder.
    """
    try:
        path = Path(output).resolve()
        if path.is_symlink():  # some versions of Python return a looping link as it is
            raise InputError(f"{output}: cannot be written: its symbolic links form a loop")
        if path.is_dir():
            raise InputError(f"{output}: is a folder, not a file")
        if not path.parent.is_dir():
            raise InputError(f"{output}: the folder {Path(output).parent} does not exist")
        if not path.exists() and not os.access(path.parent, os.W_OK):
            raise InputError(f"{output}: the folder {path.parent} cannot be written to")
    except (OSError, RuntimeError) as error:  # a name that is too long, links that form a loop
        raise InputError(f"{output}: cannot be written: {error}") from None


def write_file(data: bytes, output: str) -> None:
    """Write a file atomically: afterwards it is complete, or as it was.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    # A link is followed, so that the file behind it is replaced and not the link.
    path = Path(output).resolve()
    if path.exists() and not path.is_file():
        try:
            path.write_bytes(data)  # a device or a pipe is not replaced
        except OSError as error:
            raise InputError(f"{output}: cannot be written: {error.strerror}") from error
        return
    temporary = None
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _default_mode() if mode is None else mode)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError):
            raise InputError(f"{output}: cannot be written: {error.strerror}") from error
        raise


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

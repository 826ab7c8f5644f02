"""Reading tables: CSV, TSV, JSON Lines, Parquet and Excel, with errors that name file and line.

Text is UTF-8, with or without a byte order mark, or UTF-16 with one. The delimiter of a text table
is the one of comma, tab, semicolon and bar that splits its header into most columns.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import math
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import HistoryError

_TEXT = (".csv", ".tsv", ".jsonl", ".ndjson")
_JSON_LINES = (".jsonl", ".ndjson")
SUFFIXES = (*_TEXT, *(f"{suffix}.gz" for suffix in _TEXT), ".parquet", ".xlsx")
# Tables compress by factors of 3 to 50; a file of zeros by 1000.
_LARGEST_UNPACKED, _LARGEST_RATIO, _PIECE = 1 << 28, 200, 1 << 24
# Text of at most this many bytes is read as a whole; of a larger one, this many characters are read
# to find its header.
_SMALL_TEXT, _HEAD = 1 << 24, 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
# How a file begins that is not plain UTF-8; the longest first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_table(path: Path, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Read a table as it is: text as text, Parquet and Excel with their types.

    Parameters
    ----------
    path : Path
    columns : collection of str, optional
        What is needed: other columns of a Parquet file are not read. Those that are not there are
        passed over.

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged; or a library that it
        needs is not installed.
    """
    frame: pd.DataFrame = _read(path, lambda: _READERS[_kind(path)](path, columns))
    return frame


def pieces_of_table(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Read a table as `read_table` does, some rows at a time.

    Large files of CSV, TSV and Parquet are never in memory as a whole.

    Raises
    ------
    HistoryError
        As for `read_table`.
    """
    kind = _kind(path)
    if kind == ".parquet":
        yield from _pieces_of_parquet(path, rows)
    elif kind in (".csv", ".tsv") and path.stat().st_size > _SMALL_TEXT:
        yield from _pieces_of_text(path, rows)
    else:
        frame = read_table(path)
        for first in range(0, max(len(frame), 1), rows):
            yield frame.iloc[first : first + rows]


def stored_as_parquet(path: Path) -> bool:
    """Return whether a table is of Parquet, by its name."""
    return _kind(path) == ".parquet"


def column_names(path: Path) -> list[str]:
    """Return the names of a table's columns, without reading the whole of a large Parquet file.

    Raises
    ------
    HistoryError
        As for `read_table`.
    """
    kind = _kind(path)
    if kind in (".csv", ".tsv"):
        names: list[str] = _read(path, lambda: _header_of_file(path))
    elif kind == ".parquet":
        names = _read(path, lambda: list(map(str, open_parquet(path).schema_arrow.names)))
    else:
        names = list(map(str, read_table(path).columns))
    return names


def _kind(path: Path) -> str:
    name = str(path).lower().removesuffix(".gz")
    known = [suffix for suffix in SUFFIXES if str(path).lower().endswith(suffix)]
    if not known:
        listed = ", ".join(map(repr, SUFFIXES))
        raise HistoryError(f"{path}: unknown kind of file; it must be one of {listed}")
    return next(suffix for suffix in SUFFIXES if name.endswith(suffix))


def _read(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except FileNotFoundError:
        raise HistoryError(f"{path}: no such file") from None
    except csv.Error as error:
        raise HistoryError(f"{path}: the header cannot be read: {error}") from None
    except OSError as error:
        # gzip.BadGzipFile is an OSError without strerror
        raise HistoryError(f"{path}: cannot be read: {error.strerror or error}") from error


def open_parquet(path: Path) -> Any:
    """Open a Parquet file."""
    path.stat()
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise HistoryError(
            f"{path}: reading .parquet needs pyarrow: pip install 'chemopt[parquet]'"
        ) from None
    try:
        return parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise HistoryError(f"{path}: not a Parquet file: {error}") from error


def _read_parquet(path: Path, columns: Collection[str] | None) -> pd.DataFrame:
    file = open_parquet(path)
    import pyarrow

    names = file.schema_arrow.names
    wanted = None if columns is None else [name for name in names if name in columns]
    try:
        # an index that was written with the table comes back as one
        table = file.read(columns=wanted, use_pandas_metadata=True)
        # a text of a million rows is held once for each different value
        texts = [
            k for k, field in enumerate(table.schema)
            if columns is not None and _is_text(field.type)
        ]  # fmt: skip
        for k in texts:
            table = table.set_column(k, table.column_names[k], table.column(k).dictionary_encode())
        frame: pd.DataFrame = table.to_pandas()
    except pyarrow.ArrowException as error:
        raise HistoryError(f"{path}: not a Parquet file: {error}") from error
    return with_index_as_columns(frame)


def _pieces_of_parquet(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    file = open_parquet(path)
    import pyarrow

    try:
        for batch in file.iter_batches(batch_size=rows):
            # whole numbers stay so in a piece where one is missing: 7, not 7.0
            yield batch.to_pandas(ignore_metadata=True, integer_object_nulls=True)
        if not file.metadata.num_rows:
            yield file.schema_arrow.empty_table().to_pandas(ignore_metadata=True)
    except pyarrow.ArrowException as error:
        raise HistoryError(f"{path}: not a Parquet file: {error}") from error


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _read_excel(path: Path, columns: Collection[str] | None) -> pd.DataFrame:
    path.stat()
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise HistoryError(
            f"{path}: reading .xlsx needs openpyxl: pip install 'chemopt[excel]'"
        ) from None
    try:
        frame = pd.read_excel(path, engine="openpyxl", dtype=object, keep_default_na=False)
    except (ValueError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise HistoryError(f"{path}: not an Excel file: {error}") from error
    if frame.columns.empty:
        raise HistoryError(f"{path}: the file is empty; a header and rows are needed")
    return frame


def with_index_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which a named index (`model`, say) is a column."""
    named = [name for name in frame.index.names if name is not None]
    clash = set(named) & set(frame.columns)
    return frame.reset_index(drop=not named or bool(clash))


def _read_text_table(path: Path, columns: Collection[str] | None) -> pd.DataFrame:
    text = _text(path)
    try:
        header, delimiter = _header(text)
        check_unique_columns(header, str(path))
        with warnings.catch_warnings():
            # pandas only warns of a first row that is longer than the header
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text, newline=""),
                sep=delimiter,
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


def _pieces_of_text(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Read a large text table; what it does not take well is left to the other reader."""
    try:
        with _opened_text(path) as file:
            start = file.read(_HEAD)
            body = start.lstrip("\r\n")
            header, delimiter = _header(body)
            check_unique_columns(header, str(path))
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                with pd.read_csv(
                    _Chained(body, file),
                    sep=delimiter,
                    dtype=str,
                    keep_default_na=False,
                    index_col=False,
                    skip_blank_lines=False,
                    chunksize=rows,
                ) as pieces:
                    yield from pieces
    except (pd.errors.ParserWarning, UnicodeDecodeError, pd.errors.EmptyDataError):
        read_table(path)  # says what is wrong, and where
        raise
    except (pd.errors.ParserError, csv.Error) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise HistoryError(f"{path}: not a well-formed CSV file: {reason}") from None
    except (EOFError, zlib.error) as error:
        raise HistoryError(f"{path}: damaged gzip file: {error}") from error
    except OSError as error:
        raise HistoryError(f"{path}: cannot be read: {error.strerror or error}") from error


def _opened_text(path: Path) -> io.TextIOWrapper:
    file: Any = gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # noqa: SIM115
    try:
        beginning = file.read(4)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    encoding = next((name for mark, name in _MARKS if beginning.startswith(mark)), "utf-8")
    return io.TextIOWrapper(file, encoding, newline="")


class _Chained(io.TextIOBase):
    """A text whose beginning was read already, and the rest of its file."""

    def __init__(self, beginning: str, rest: io.TextIOBase) -> None:
        self._beginning, self._rest = beginning, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        if not self._beginning:
            return self._rest.read(-1 if size is None else size)
        if size is None or size < 0:
            text, self._beginning = self._beginning + self._rest.read(), ""
        else:
            text, self._beginning = self._beginning[:size], self._beginning[size:]
        return text

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        """Yield pieces: pandas asks whether a file has lines, and then reads."""
        while text := self.read(_HEAD):
            yield text


def _read_json_lines(path: Path, columns: Collection[str] | None) -> pd.DataFrame:
    records = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise HistoryError(f"{path}: line {number}: not JSON: {error}") from None
            if not isinstance(record, dict):
                raise HistoryError(f"{path}: line {number}: not an object with a key a column")
            records.append(record)
    return pd.DataFrame(records, dtype=object)


_READERS: dict[str, Callable[[Path, Collection[str] | None], pd.DataFrame]] = {
    ".csv": _read_text_table,
    ".tsv": _read_text_table,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}


def _text(path: Path) -> str:
    """Return the text of a file, without blank lines at its head."""
    # Decode before parsing: it costs little, and the error can name the line of a bad byte.
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".gz":
            content = _unpacked(path, content)
    except (EOFError, zlib.error) as error:
        raise HistoryError(f"{path}: damaged gzip file: {error}") from error
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise HistoryError(
            f"{path}: line {line}: byte 0x{content[error.start]:02x} is not UTF-8; "
            "save the file as UTF-8"
        ) from None
    text = text.lstrip("\r\n")
    if not text.strip():
        raise HistoryError(f"{path}: the file is empty; a header and rows are needed")
    return text


def _unpacked(path: Path, content: bytes) -> bytes:
    """Decompress a gzip file, but not one that was made to fill the memory."""
    parts, size = [], 0
    with gzip.open(io.BytesIO(content)) as file:
        while part := file.read(_PIECE):
            parts.append(part)
            size += len(part)
            if size > max(_LARGEST_UNPACKED, _LARGEST_RATIO * len(content)):
                raise HistoryError(
                    f"{path}: holds more than {size >> 20} MB in {len(content) >> 10} KB, which no "
                    "table does; unpack it if you trust it"
                )
    return b"".join(parts)


def _header(text: str) -> tuple[list[str], str]:
    """Return the names of the columns, and the delimiter between them."""
    headers = [
        (next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []), delimiter)
        for delimiter in _DELIMITERS
    ]
    return max(headers, key=lambda header: len(header[0]))  # the first of equals


def _header_of_file(path: Path) -> list[str]:
    if path.stat().st_size <= _SMALL_TEXT:
        return _header(_text(path))[0]
    try:
        with _opened_text(path) as file:
            return _header(file.read(_HEAD).lstrip("\r\n"))[0]
    except (UnicodeDecodeError, EOFError, zlib.error):
        return _header(_text(path))[0]  # says what is wrong


def delimiter_of(text: str) -> str:
    """Return the delimiter of a text table."""
    return _header(text)[1]


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

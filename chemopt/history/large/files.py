"""Files as the engine reads them: which columns it takes, and the rows of many files by place."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chemopt.history.large.engine import Engine, quoted

#: Rows of a file that are rewritten at once.
ROWS_AT_ONCE = 200_000
#: Rows of a file come before those of the next.
ROWS_A_FILE = 1 << 40


def rows_of_files(keys: Sequence[tuple[Any, ...]], files: Sequence[Path]) -> str:
    """Return SQL for the rows of Parquet files, with their `position`.

    Parameters
    ----------
    keys : sequence of tuples
        For each file the types of its columns, and as SQL the columns wanted, which rows are, and
        the number of a row. Only files with equal keys are read together, since the engine would
        convert the columns of others to the types of the first.
    files : sequence of Path
    """
    alike: dict[tuple[Any, ...], list[int]] = {}
    for number, key in enumerate(keys):
        alike.setdefault(key, []).append(number)
    selects = []
    for (_, select, where, row), numbers in alike.items():
        names = ", ".join(quoted(str(files[number])) for number in numbers)
        first, last = numbers[0], numbers[-1]
        if last - first == len(numbers) - 1:
            file = f"({first} + file_index)"
        else:
            file = f"([{', '.join(map(str, numbers))}])[file_index::BIGINT + 1]"
        selects.append(
            f"SELECT {file}::BIGINT * {ROWS_A_FILE} + {row} AS position, {select} "
            f"FROM read_parquet([{names}], file_row_number = true) WHERE {where}"
        )
    return " UNION ALL ".join(selects)


def readable(path: Path, number: int, engine: Engine) -> Path:
    """Return a path that the engine does not take for a pattern."""
    if not glob.has_magic(str(path)):
        return path
    link = engine.folder / f"part-{number}.parquet"
    link.symlink_to(path.resolve())
    return link


def kind_of_column(arrow: Any) -> str:
    """Return what a column of an Arrow type is to the engine; empty if it takes no such column."""
    from pyarrow import types

    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    if types.is_string(arrow) or types.is_large_string(arrow):
        return "text"
    if types.is_integer(arrow) and arrow.bit_width <= 64:
        return "whole"
    if types.is_boolean(arrow):
        return "truth"
    return "number" if types.is_float32(arrow) or types.is_float64(arrow) else ""

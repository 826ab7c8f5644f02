"""Data in several files: a folder of tables, or a pattern such as ``runs/*.parquet``.

The parts are read in the order of their paths, whatever the order of the folder. Hidden files, and
those whose name begins with an underscore (``_SUCCESS``), are no data, and neither are files
without any content.
"""

from __future__ import annotations

import glob
from pathlib import Path

from chemopt.errors import HistoryError
from chemopt.history.table_files import SUFFIXES

# Parts of more bytes than this are not read into memory together. As DataFrames they take five to
# ten times as much, compressed text more.
_MOST_BYTES_IN_MEMORY = 200_000_000
_COMPRESSED = 8


def names_parts(path: str | Path) -> bool:
    """Return whether a path is a folder or a pattern rather than a file.

    Examples
    --------
    >>> names_parts("runs/*.parquet"), names_parts("runs.csv")
    (True, False)
    """
    try:
        return Path(path).is_dir() or (glob.has_magic(str(path)) and not Path(path).exists())
    except (OSError, ValueError):  # a name that no file can have
        return False


def find_parts(path: str | Path) -> list[Path]:
    """Return the tables in a folder and below, or those that a pattern matches, by path.

    Raises
    ------
    HistoryError
        There is none, or a pattern matches a file that is not a table.
    """
    if Path(path).is_dir():
        root, found = Path(path), Path(path).rglob("*")
        known = [file for file in found if _is_table(file) and not _is_hidden(file, root)]
    else:
        matched = [Path(name) for name in glob.glob(str(path), recursive=True)]
        known = [file for file in matched if file.is_file() and not _is_hidden(file, file.parent)]
        for file in known:
            if not _is_table(file):
                raise HistoryError(
                    f"{file}: unknown kind of file, which {path} matches; tables are "
                    f"{', '.join(SUFFIXES)}"
                )
    files = sorted(file for file in known if file.stat().st_size)
    if not files:
        raise HistoryError(f"{path}: there is no table in it ({', '.join(SUFFIXES)})")
    return files


def holds_parts(path: str | Path) -> bool:
    """Return whether there is a table in a folder and below, or one that a pattern matches."""
    try:
        return bool(find_parts(path))
    except HistoryError:
        return False


def is_large(files: list[Path]) -> bool:
    """Return whether parts are too large to be read into memory without a thought."""
    bytes_of_text = sum(
        file.stat().st_size * (_COMPRESSED if file.suffix == ".gz" else 1) for file in files
    )
    return bytes_of_text > _MOST_BYTES_IN_MEMORY


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def _is_hidden(path: Path, root: Path) -> bool:
    """Return whether a name between the folder and the file begins with a point or underscore."""
    return any(name.startswith((".", "_")) for name in path.relative_to(root).parts)

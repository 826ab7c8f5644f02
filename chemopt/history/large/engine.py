"""The engine: DuckDB, with a limit of memory, interrupted cleanly, and with its progress reported.

This is the only module that imports DuckDB. What does not fit in the memory allowed it writes to a
temporary folder. Floating-point sums by several threads depend on their order. The compensated ones
of the engine, `fsum` and `favg`, do so in their last digits only: no result is off by more than
1e-12, relative to the largest value.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.progress import Report

#: Of the engine; Python and its libraries take some 200 MB more.
MEMORY_LIMIT = "900MB"
_ASKED_EVERY = 0.1  # seconds
_BATCH = 1 << 20
# What `str.strip` takes for white space, as characters of SQL.
_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


class Engine:
    """A DuckDB of its own, with a temporary folder that goes when the engine does.

    Raises
    ------
    HistoryError
        DuckDB is not installed.
    """

    def __init__(self, source: str, report: Report | None = None) -> None:
        try:
            import duckdb
        except ImportError:
            raise HistoryError(
                f"{source}: is too large to be read into memory, and reading it in passes needs "
                "DuckDB: pip install 'chemopt[large]' (streaming=False reads it nevertheless)"
            ) from None
        self.source, self.report = source, report
        self._error = duckdb.Error
        folder = tempfile.TemporaryDirectory(prefix="chemopt-large-")
        self.folder = Path(folder.name)
        self._connection = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(self.folder / "spill"),
                "threads": _cores(),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._connection.execute("SET enable_progress_bar = true")
        self._connection.execute("SET enable_progress_bar_print = false")
        self.close = weakref.finalize(self, _close, self._connection, folder)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query and return its rows."""
        found: list[tuple[Any, ...]] = self._run(lambda c: c.execute(query).fetchall())
        return found

    def frame(self, query: str) -> pd.DataFrame:
        """Run a query and return its rows as a DataFrame, NaN where there is no number."""
        found: pd.DataFrame = self._run(lambda c: c.execute(query).df())
        return found

    def batches(self, query: str, consume: Callable[[Any], None]) -> None:
        """Run a query and hand its rows over in record batches of Arrow."""

        def work(connection: Any) -> None:
            # a relation, unlike a query that was executed, does not hold its rows
            for batch in connection.sql(query).to_arrow_reader(_BATCH):
                consume(batch)

        self._run(work)

    def _run(self, ask: Callable[[Any], Any]) -> Any:
        # In a separate thread, so that Ctrl-C is heard and the progress can be reported.
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask, self._connection)
            try:
                while wait([asked], _ASKED_EVERY).not_done:
                    percent = int(self._connection.query_progress())
                    if self.report is not None and 0 < percent < 100:
                        self.report(percent, 100)
            except BaseException:
                self._connection.interrupt()
                raise
        if self.report is not None:
            self.report(100, 100)
        try:
            return asked.result()
        except self._error as error:
            reason = str(error).splitlines()[0]
            raise HistoryError(f"{self.source}: cannot be read: {reason}") from error


def _close(connection: Any, folder: tempfile.TemporaryDirectory[str]) -> None:
    connection.close()
    folder.cleanup()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quoted(text: str) -> str:
    r"""Return a text as SQL.

    Examples
    --------
    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def values(rows: Iterable[tuple[str | int, ...]]) -> str:
    """Return rows of texts and whole numbers as SQL.

    Examples
    --------
    >>> values([("a", 0), ("b", 1)])
    "(VALUES ('a', 0), ('b', 1))"
    """
    cells = ([quoted(v) if isinstance(v, str) else str(v) for v in row] for row in rows)
    return "(VALUES " + ", ".join(f"({', '.join(row)})" for row in cells) + ")"


def identifier(name: str) -> str:
    """Return the name of a column as SQL."""
    return '"' + name.replace('"', '""') + '"'


def stripped(expression: str) -> str:
    """Return SQL for a text without white space around it."""
    return f"trim({expression}, {quoted(_SPACES)})"


def is_name(expression: str) -> str:
    """Return SQL for whether a text is there and not only white space.

    Nearly all names begin with a letter or digit, which is seen at once.
    """
    return (
        f"coalesce(({expression} > '!' AND {expression} < '~') OR "
        f"{stripped(expression)} <> '', false)"
    )

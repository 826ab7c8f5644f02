"""The engine: DuckDB, with a limit of memory, interrupted cleanly, and with its progress told.

This is the only module that imports DuckDB. What does not fit in the memory allowed it writes to a
temporary folder. Floating-point sums by several threads depend on their order, so sums are taken
over whole numbers of 128 bits: `exact_sum`.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from chemopt.errors import HistoryError
from chemopt.progress import Report

#: Of the engine; Python and its libraries take some 200 MB more.
MEMORY_LIMIT = "900MB"
#: Sums are of values from 0 to 10 in units of 2⁻⁹⁰: 2³³ of them fit in 127 bits.
SUM_BITS = 90
_LARGEST = 10.0
_ASKED_EVERY = 0.1  # seconds
_BATCH = 1 << 20
# What `str.strip` takes for white space, as characters of SQL.
SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


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

    def columns(self, query: str) -> dict[str, Any]:
        """Run a query and return its columns as NumPy arrays."""
        found: dict[str, Any] = self._run(lambda c: c.execute(query).fetchnumpy())
        return found

    def batches(self, query: str, consume: Callable[[Any], None]) -> None:
        """Run a query and hand its rows over in record batches of Arrow."""

        def work(connection: Any) -> None:
            # a relation, unlike a query that was executed, does not hold its rows
            for batch in connection.sql(query).to_arrow_reader(_BATCH):
                consume(batch)

        self._run(work)

    def _run(self, ask: Callable[[Any], Any]) -> Any:
        # In a thread of its own, so that Ctrl-C is heard and the progress can be told.
        done: dict[str, Any] = {}

        def work() -> None:
            try:
                done["found"] = ask(self._connection)
            except BaseException as error:  # handed over to the caller's thread
                done["error"] = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_ASKED_EVERY)
                if self.report is not None and thread.is_alive():
                    percent = int(self._connection.query_progress())
                    if 0 < percent < 100:
                        self.report(percent, 100)
        except BaseException:
            self._connection.interrupt()
            thread.join()
            raise
        if self.report is not None:
            self.report(100, 100)
        error = done.get("error")
        if isinstance(error, self._error):
            reason = str(error).splitlines()[0]
            raise HistoryError(f"{self.source}: cannot be read: {reason}") from error
        if error is not None:
            raise error
        return done["found"]


def _close(connection: Any, folder: tempfile.TemporaryDirectory[str]) -> None:
    connection.close()
    folder.cleanup()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def exact_sum(expression: str, bits: int = SUM_BITS) -> str:
    """Return SQL for the sum of an expression from 0 to 10, in units of 2⁻⁹⁰.

    Of larger values with fewer bits, the unit is as much larger.

    Each value is rounded to the unit; values of at least 2⁻³⁷ are multiples of it. Whole numbers
    have the same sum in every order.
    """
    return f"sum((({expression}) * {2.0**bits!r}::DOUBLE)::HUGEINT)"


def as_float(total: int, bits: int = SUM_BITS) -> float:
    """Return a sum of `exact_sum` as a number, rounded once.

    Examples
    --------
    >>> as_float(3 << 89)
    1.5
    """
    return float(Fraction(int(total)) / Fraction(2) ** bits)


def quoted(text: str) -> str:
    r"""Return a text as SQL.

    Examples
    --------
    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return the name of a column as SQL."""
    return '"' + name.replace('"', '""') + '"'


def is_name(expression: str) -> str:
    """Return SQL for whether a text is there and not only white space.

    Nearly all names begin with a letter or digit, which is seen at once.
    """
    return (
        f"coalesce(({expression} > '!' AND {expression} < '~') OR "
        f"trim({expression}, {quoted(SPACES)}) <> '', false)"
    )

"""The type `LargeHistory`: a validated history that stays in its files."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.history import History, find_group
from chemopt.history.large.clean import AMOUNTS, KEPT, NONE_INVALID, clean_part
from chemopt.history.large.engine import Engine, quoted
from chemopt.history.large.files import rows_of
from chemopt.history.rows import (
    COMPONENT_COLUMNS,
    Reading,
    describe_dropped,
    left_out,
    no_rows_left,
)
from chemopt.history.scales import scale_warnings
from chemopt.history.tasks import group_tasks
from chemopt.numerics import without_noise
from chemopt.progress import Report
from chemopt.wording import counted, spelt_alike

logger = logging.getLogger(__name__)

#: Rows that are read into memory for what needs them all; about 4 GB.
MOST_ROWS_IN_MEMORY = 20_000_000


class LargeHistory(History):
    """A validated performance history that is read in passes over its files.

    Profiles are learned from it in little memory. What needs the rows themselves (`frame`,
    `rows_of`: the bootstrap, for one) reads those of its task, if they are not too many.

    Attributes
    ----------
    source, dropped, warnings
        As of `History`; `dropped` has a column `file`, too.
    engine : Engine
        Has the rows as the view `history`: their `position` in the order of files and rows, and the
        columns of `chemopt.history.large.clean.KEPT`.
    """

    engine: Engine
    _found: pd.DataFrame
    _group_of: dict[str, str]

    def __init__(
        self, engine: Engine, found: pd.DataFrame, dropped: pd.DataFrame, warnings: tuple[str, ...]
    ) -> None:
        # frozen, as every history
        vars(self).update(
            engine=engine, source=engine.source, dropped=dropped, warnings=warnings,
            _found=found, _group_of=group_tasks(found["task"]),
        )  # fmt: skip

    def __repr__(self) -> str:
        """Return a line: source, rows and models; the rows themselves are not read."""
        rows, models = counted(self.count_rows(), "row"), counted(len(self.models), "model")
        return f"LargeHistory({self.source!r}, {rows}, {models})"

    @property
    def groups(self) -> tuple[str, ...]:
        """The prototype texts of the task groups, in the order of the files."""
        return tuple(dict.fromkeys(self._group_of.values()))

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S: every model of the history, by name."""
        return tuple(sorted(set(self._found["model"])))

    @property
    def frame(self) -> pd.DataFrame:
        """All rows in memory, if they are not too many."""
        return self._rows("true", "the history")

    def count_rows(self) -> int:
        """Return the number of rows."""
        return int(self._found["n"].sum())

    def rows_of(self, task: str | None = None) -> pd.DataFrame:
        """Return the rows of the task group that `task` names, if they are not too many."""
        return self._rows(self._in_group(self.find_group(task)), "the task")

    def find_group(self, task: str | None = None) -> str:
        """Return the prototype of the task group that `task` names; see `History`."""
        return find_group(task, self.groups, self._group_of, self.source)

    def texts_of(self, group: str) -> list[str]:
        """Return the texts of a task group."""
        return [text for text, of_text in self._group_of.items() if of_text == group]

    def mean_amounts(self, group: str) -> pd.DataFrame:
        """Return the mean `cost`, `latency` and `elapsed` of each model, as far as known.

        Rounded as by `chemopt.problem.attributes.history_attributes`.
        """
        means = ", ".join(f"favg({c}) FILTER (isfinite({c})) AS {c}" for c in AMOUNTS)
        found = self.engine.frame(
            f"SELECT model, {means} FROM history WHERE {self._in_group(group)} GROUP BY model"
        ).set_index("model")
        by_model = found.reindex(pd.Index(self.models, name="model")).dropna(axis=1, how="all")
        return by_model.map(without_noise, na_action="ignore")

    def _in_group(self, group: str) -> str:
        """Return SQL for whether a row is of a task group."""
        return f"task IN ({', '.join(map(quoted, self.texts_of(group)))})"

    def _rows(self, where: str, what: str) -> pd.DataFrame:
        ((count,),) = self.engine.rows(f"SELECT count(*) FROM history WHERE {where}")
        if count > MOST_ROWS_IN_MEMORY:
            raise HistoryError(
                f"{self.source}: {what} has {counted(count, 'row')}, too many to hold in memory "
                f"({MOST_ROWS_IN_MEMORY}), which this question needs; profiles, chemistry and "
                "recommendations do not"
            )
        frame = self.engine.frame(
            f"SELECT {', '.join(KEPT)} FROM history WHERE {where} ORDER BY position"
        )
        optional = (*COMPONENT_COLUMNS, *AMOUNTS)
        frame = frame.drop(columns=[name for name in optional if frame[name].isna().all()])
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
        return frame.assign(task_group=frame["task"].map(self._group_of))


def load_large_history(
    files: Sequence[Path], source: str, reading: Reading, report: Report | None = None
) -> LargeHistory:
    """Validate every row of a history in several files, and keep none of them.

    Raises
    ------
    HistoryError
        As of `load_history`; or DuckDB is not installed.
    """
    engine = Engine(source, report)
    read = [clean_part(file, number, engine, reading) for number, file in enumerate(files)]
    engine.rows(f"CREATE VIEW history AS {rows_of([part for part, *_ in read])}")
    found = engine.frame(
        "SELECT model, task, count(*) AS n, max(quality) AS quality, max(accuracy) AS accuracy "
        "FROM history GROUP BY model, task ORDER BY min(position)"
    )
    dropped = []
    for part, invalid, _ in read:
        if len(invalid):
            logger.warning("%s: dropped %s", part.path, describe_dropped(invalid))
            dropped.append(invalid.assign(file=str(part.path)))
    if found.empty:
        raise no_rows_left(source, sum(map(len, dropped)), reading)
    history = LargeHistory(
        engine,
        found,
        pd.concat(dropped, ignore_index=True) if dropped else NONE_INVALID,
        (
            *scale_warnings(found["quality"], found["accuracy"]),
            *left_out(sum((counts for *_, counts in read), Counter[str]())),
            *spelt_alike(sorted(set(found["model"]))),
        ),
    )
    rows, models = counted(history.count_rows(), "row"), len(history.models)
    logger.info("%s: %s of %d models", source, rows, models)
    return history

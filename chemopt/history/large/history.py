"""The type `LargeHistory`: a validated history that stays in its files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.history import History, find_group
from chemopt.history.large.clean import AMOUNTS, Part
from chemopt.history.large.engine import SUM_BITS, Engine, as_float, exact_sum, quoted
from chemopt.history.large.files import ROWS_A_FILE, rows_of_files
from chemopt.history.rows import COMPONENT_COLUMNS, NAME_COLUMNS
from chemopt.numerics import without_noise
from chemopt.wording import counted

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

    def __init__(
        self,
        engine: Engine,
        parts: Sequence[Part],
        *,
        dropped: pd.DataFrame,
        warnings: tuple[str, ...],
        tasks: Mapping[str, str],
        models: tuple[str, ...],
        count: int,
    ) -> None:
        # frozen, as every history
        values = {
            "engine": engine, "source": engine.source, "dropped": dropped, "warnings": warnings,
            "_group_of": dict(tasks), "_models": models, "_count": count,
            "_files": [part.path for part in parts],
        }  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)

    _group_of: dict[str, str]
    _models: tuple[str, ...]
    _count: int
    _files: list[Path]

    def __repr__(self) -> str:
        """Return a line: source, rows and models; the rows themselves are not read."""
        rows, models = counted(self._count, "row"), counted(len(self._models), "model")
        return f"LargeHistory({self.source!r}, {rows}, {models})"

    @property
    def groups(self) -> tuple[str, ...]:
        """The prototype texts of the task groups, in the order of the files."""
        return tuple(dict.fromkeys(self._group_of.values()))

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S: every model of the history, by name."""
        return self._models

    @property
    def frame(self) -> pd.DataFrame:
        """All rows in memory, if they are not too many."""
        return self._rows("true", "the history")

    def count_rows(self) -> int:
        """Return the number of rows."""
        return self._count

    def rows_of(self, task: str | None = None) -> pd.DataFrame:
        """Return the rows of the task group that `task` names, if they are not too many."""
        return self._rows(self.in_group(self.find_group(task)), "the task")

    def find_group(self, task: str | None = None) -> str:
        """Return the prototype of the task group that `task` names; see `History`."""
        return find_group(task, self.groups, self._group_of, self.source)

    def texts_of(self, group: str) -> list[str]:
        """Return the texts of a task group."""
        return [text for text, of_text in self._group_of.items() if of_text == group]

    def in_group(self, group: str) -> str:
        """Return SQL for whether a row is of a task group."""
        texts = self.texts_of(group)
        if len(texts) == len(self._group_of):
            return "true"
        return f"task IN ({', '.join(map(quoted, texts))})"

    def mean_amounts(self, group: str) -> pd.DataFrame:
        """Return the mean `cost`, `latency` and `elapsed` of each model, as far as known.

        Rounded as by `chemopt.problem.attributes.history_attributes`.
        """
        where, means = self.in_group(group), {}
        for column in AMOUNTS:
            ((largest,),) = self.engine.rows(
                f"SELECT max(abs({column})) FROM history WHERE {where} AND isfinite({column})"
            )
            if largest is None:
                continue
            bits = SUM_BITS - math.frexp(largest)[1]
            found = self.engine.rows(
                f"SELECT model, count(*), {exact_sum(column, bits)} "
                f"FROM history WHERE {where} AND isfinite({column}) GROUP BY model"
            )
            means[column] = {
                model: without_noise(as_float(total, bits) / n) for model, n, total in found
            }
        index = pd.Index(self._models, name="model")
        return pd.DataFrame(
            {
                name: pd.Series(of_model, dtype=float).reindex(index)
                for name, of_model in means.items()
            },
            index=index,
        )

    def place(self, position: int) -> tuple[Path, int]:
        """Return the file of a row, and the row's number in it."""
        return self._files[position // ROWS_A_FILE], position % ROWS_A_FILE

    def _rows(self, where: str, what: str) -> pd.DataFrame:
        ((count,),) = self.engine.rows(f"SELECT count(*) FROM history WHERE {where}")
        if count > MOST_ROWS_IN_MEMORY:
            raise HistoryError(
                f"{self.source}: {what} has {counted(count, 'row')}, too many to hold in memory "
                f"({MOST_ROWS_IN_MEMORY}), which this question needs; profiles, chemistry and "
                "recommendations do not"
            )
        optional = (*COMPONENT_COLUMNS, *AMOUNTS)
        columns = ", ".join((*NAME_COLUMNS, "quality", "accuracy", *optional))
        data = self.engine.columns(f"SELECT {columns} FROM history WHERE {where} ORDER BY position")
        frame = pd.DataFrame({name: _plain(values) for name, values in data.items()})
        frame = frame.drop(columns=[name for name in optional if frame[name].isna().all()])
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
        return frame.assign(task_group=frame["task"].map(self._group_of))


def _plain(values: Any) -> Any:
    """Return a column of the engine without its mask."""
    return values.filled(float("nan")) if hasattr(values, "filled") else values


def define_view(engine: Engine, parts: Sequence[Part]) -> None:
    """Make the view `history` of the rows of all parts."""
    keys = [(part.kinds, part.select, part.where, part.number) for part in parts]
    rows = rows_of_files(keys, [part.clean for part in parts])
    engine.rows(f"CREATE OR REPLACE VIEW history AS {rows}")

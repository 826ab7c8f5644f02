"""The type `History`: the validated rows of a performance history, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.validation import instance_of
from chemopt.wording import listed

# A task is a prompt, and may be long.
_SHOWN_OF_TASK = 80


@dataclass(frozen=True, eq=False)
class History:
    """A validated performance history.

    Attributes
    ----------
    frame : DataFrame
        The valid rows, with all columns of the file, plus `task_group`: the prototype text of
        the row's task. The index `row` is the row's number in the file; the first row after the
        header is 1.
    source : str
        Where the rows came from, for messages.
    dropped : DataFrame
        Invalid rows that ``on_invalid="drop"`` left out: columns `row`, `column`, `value`,
        `reason`. Each row is listed once, with its first error.
    warnings : tuple of str
        What a reader should know, a sentence each: values that look as if they were on another
        scale (see `chemopt.history.scales`), rows left out for their strategy.
    """

    frame: pd.DataFrame
    source: str
    dropped: pd.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The prototype texts of the task groups, in the order of the file."""
        return tuple(dict.fromkeys(self.frame["task_group"]))

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S: every model of the history, by name."""
        return tuple(sorted(set(self.frame["model"])))

    def rows_of(self, task: str | None = None) -> pd.DataFrame:
        """Return the rows of the task group that `task` names."""
        return self.frame[self.frame["task_group"] == self.find_group(task)]

    def take_task(self, task: str | None = None) -> History:
        """Return the history of one task group, in memory."""
        return History(self.rows_of(task), self.source, self.dropped, self.warnings)

    def count_rows(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def find_group(self, task: str | None = None) -> str:
        """Return the prototype of the task group that `task` names.

        Parameters
        ----------
        task : str, optional
            A task text of the history, or a part of only one group's prototype
            (case ignored). Needed only when there are several groups.

        Raises
        ------
        HistoryError
            No group matches, or several do; the message lists the groups.
        """
        same_text = self.frame.loc[self.frame["task"] == task, "task_group"]
        known = {str(task): str(same_text.iloc[0])} if len(same_text) else {}
        return find_group(task, self.groups, known, self.source)


def find_group(
    task: str | None, groups: Sequence[str], group_of: Mapping[str, str], source: str
) -> str:
    """Return the prototype of the task group that `task` names; see `History.find_group`."""
    if task is None:
        if len(groups) == 1:
            return groups[0]
        raise HistoryError(
            f"{source}: there are {len(groups)} task groups, so say which one "
            f"(task=..., --task): {listed([_quoted(group) for group in groups])}"
        )
    instance_of("task must be a text", task, str)
    if task in group_of:
        return group_of[task]
    containing = [group for group in groups if task.casefold() in group.casefold()]
    if len(containing) == 1:
        return containing[0]
    fits = "no task group fits" if not containing else f"{len(containing)} task groups fit"
    known = [_quoted(group) for group in groups]
    raise HistoryError(f"{source}: {fits} {task!r}; there are: {listed(known)}")


def _quoted(text: str) -> str:
    """Return a task in quotation marks; of a long one the beginning."""
    return repr(text if len(text) <= _SHOWN_OF_TASK else text[: _SHOWN_OF_TASK - 1] + "…")

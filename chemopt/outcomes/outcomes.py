"""The type `Outcomes`: for each item and model, whether the model was right.

An item is a question, a task of a benchmark, a bug to mend. The score of a model on an item is 1
for right and 0 for wrong, or a mark between. Items and models are kept in the order of their names,
so that no result depends on the order of rows in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.histories import History
from chemopt.numerics import Floats, without_noise
from chemopt.validation import instance_of
from chemopt.wording import meant

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

Codes = npt.NDArray[np.int32]
#: The code of no answer.
NO_ANSWER = -1
#: The task of a history of outcomes.
TASK = "outcomes"
#: How profiles and chemistry are learned from outcomes, unless told otherwise: single answers are
#: right or wrong, so the best of them says nothing, and a floor would lift whoever is often wrong.
PROFILE_DEFAULTS: dict[str, Any] = {"aggregate": "mean", "accuracy_floor": 0.0}
CHEMISTRY_DEFAULTS: dict[str, Any] = {"empty_cost": None, "usage_threshold": 0.0}


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of a pool of models on some items; `load_outcomes` makes one.

    Attributes
    ----------
    models : tuple of str
        The pool, in the order of names.
    items : Index
        The items: an index named `item`, or one with the levels `task` and `item`.
    scores : ndarray of shape (items, models)
        In [0, 1]: 1 right, 0 wrong. Read-only, as the other arrays are.
    answers : ndarray of int of shape (items, models), optional
        The answers that were given, by number: equal numbers are equal answers, and `NO_ANSWER` is
        none. Needed for plurality votes.
    cost, latency : ndarray of shape (items, models), optional
        What each answer cost, in the user's unit of money, and how long it took, in seconds.
    source : str
        Where the outcomes came from, for messages.
    warnings : tuple of str
        What was done to make them complete.
    """

    models: tuple[str, ...]
    items: pd.Index[Any]
    scores: Floats
    answers: Codes | None = None
    cost: Floats | None = None
    latency: Floats | None = None
    source: str = "outcomes"
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.scores, self.answers, self.cost, self.latency):
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.items)

    def __repr__(self) -> str:
        """Return a line: source, items and models."""
        return f"Outcomes({self.source!r}, {len(self)} items, {len(self.models)} models)"

    @cached_property
    def binary(self) -> bool:
        """Whether all scores are 0 or 1 (or missing)."""
        return bool(((self.scores == 0) | (self.scores == 1) | np.isnan(self.scores)).all())

    @cached_property
    def accuracy(self) -> pd.Series[float]:
        """The mean score of each model, by name."""
        index = pd.Index(self.models, name="model")
        return pd.Series(self.scores.mean(axis=0), index=index, name="accuracy")

    @property
    def votable(self) -> bool:
        """Whether a vote can be counted: answers are known, or at least right and wrong."""
        return self.answers is not None or self.binary

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks, in the order of names; empty if items have none."""
        if self.items.nlevels == 1:
            return ()
        return tuple(map(str, self.items.get_level_values("task").unique()))

    def positions(self, models: Iterable[str]) -> list[int]:
        """Return the columns of some models, sorted.

        Raises
        ------
        InputError
            A model is not in the pool.
        """
        if isinstance(models, str) or not isinstance(models, Iterable):
            raise InputError(f"models must be a collection of names, not {models!r}")
        index = {name: k for k, name in enumerate(self.models)}
        wanted = list(models)
        for name in wanted:
            if name not in index:
                raise InputError(
                    f"{self.source}: unknown model {name!r}; {meant(name, self.models)}"
                )
        return sorted({index[name] for name in wanted})

    def coverage(self, models: Iterable[str]) -> float:
        """Return the share of items that some of the models gets right; 0 for no model.

        With marks between 0 and 1 it is the mean of the best mark.

        Examples
        --------
        >>> import pandas as pd
        >>> from chemopt import load_outcomes
        >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 0, 0, 0], "b": [0, 1, 1, 0]}))
        >>> outcomes.coverage(["a"]), outcomes.coverage(["a", "b"])
        (0.25, 0.75)
        """
        chosen = self.positions(models)
        return float(self.scores[:, chosen].max(axis=1, initial=0.0).mean())

    def take_items(self, items: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Outcomes:
        """Return the outcomes on some items, by number; an item may be taken several times."""
        rows = np.asarray(items, dtype=np.intp)
        return replace(
            self,
            items=self.items[rows],
            **{name: array[rows] for name, array in self._arrays().items()},
        )

    def take_models(self, models: Iterable[str]) -> Outcomes:
        """Return the outcomes of some models.

        Raises
        ------
        InputError
            There is no such model, or no model is left.
        """
        columns = self.positions(models)
        if not columns:
            raise InputError(f"{self.source}: no model is left")
        return replace(
            self,
            models=tuple(self.models[k] for k in columns),
            **{name: array[:, columns] for name, array in self._arrays().items()},
        )

    def take_task(self, task: str) -> Outcomes:
        """Return the outcomes on the items of one task.

        Raises
        ------
        InputError
            There is no such task.
        """
        if task not in self.tasks:
            hint = meant(task, self.tasks or ["no tasks"])
            raise InputError(f"{self.source}: there is no task {task!r}; {hint}")
        return self.take_items(np.flatnonzero(self.items.get_level_values("task") == task))

    def to_frame(self) -> pd.DataFrame:
        """Return the scores as a DataFrame: a row for each item, a column for each model."""
        return pd.DataFrame(
            self.scores, index=self.items, columns=pd.Index(self.models, name="model")
        )

    def plot(
        self, ax: Axes | None = None, *, chosen: Sequence[str] | None = None,
        about: str | None = None,
    ) -> Axes:  # fmt: skip
        """Draw what each model gets right, or what some models cover together.

        Parameters
        ----------
        ax : Axes, optional
        chosen : sequence of str, optional
            Members of an ensemble: `chemopt.plots.coverage` is drawn of them, else
            `chemopt.plots.outcomes` of all.
        about : str, optional
            The second line of the title; where the outcomes came from if not given.
        """
        from chemopt.plots.outcomes import coverage as draw_coverage
        from chemopt.plots.outcomes import outcomes as draw_outcomes

        if about is None:
            about = "" if self.source == "DataFrame" else self.source
        if chosen is None:
            return draw_outcomes(self.models, self.scores, about=about, ax=ax)
        return draw_coverage(self.models, self.scores, chosen, about=about, ax=ax)

    def to_history(self) -> History:
        """Return a history, which chemistry is learned from.

        Each item is a trial; each score is a row of accuracy s and quality 10 s. All items are one
        task; take the items of one first (`take_task`) for its chemistry alone. Cost and latency
        are columns. With right and wrong for rows, learn profiles by means, without a floor
        (`PROFILE_DEFAULTS`), and let every model that gets something right be used
        (`CHEMISTRY_DEFAULTS`): these are the defaults of the command line for outcomes.

        Examples
        --------
        >>> import pandas as pd
        >>> from chemopt import learn_profiles, load_outcomes
        >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 0, 0], "b": [1, 1, 0]}))
        >>> profiles = learn_profiles(outcomes.to_history(), **PROFILE_DEFAULTS)
        >>> profiles.frame[["quality", "accuracy"]].round(2).to_dict("index")
        {'a': {'quality': 3.33, 'accuracy': 0.33}, 'b': {'quality': 6.67, 'accuracy': 0.67}}
        """
        answered = ~np.isnan(self.scores.ravel())
        trials = [" / ".join(key) if isinstance(key, tuple) else str(key) for key in self.items]
        scores = self.scores.ravel()[answered]
        frame = pd.DataFrame(
            {
                "trial": np.repeat(np.array(trials, dtype=object), len(self.models))[answered],
                "model": np.tile(np.array(self.models, dtype=object), len(self))[answered],
                "task": TASK,
                "quality": 10 * scores,
                "accuracy": scores,
                "task_group": TASK,
            },
            index=pd.RangeIndex(1, len(scores) + 1, name="row"),
        )
        for name in ("cost", "latency"):
            array = getattr(self, name)
            if array is not None:
                frame[name] = array.ravel()[answered]
        none_dropped = pd.DataFrame({"row": [], "column": [], "value": [], "reason": []})
        return History(
            frame=frame, source=self.source, dropped=none_dropped, warnings=self.warnings
        )

    def attributes(self) -> pd.DataFrame:
        """Return the mean `cost` and `latency` of each model, where they are known.

        Rounded to 12 significant digits, as budgets take them for decimal numbers.
        """
        known = {name: getattr(self, name) for name in ("cost", "latency")}
        return pd.DataFrame(
            {
                name: [without_noise(mean) for mean in array.mean(axis=0)]
                for name, array in known.items()
                if array is not None
            },
            index=pd.Index(self.models, name="model"),
        )

    def _arrays(self) -> dict[str, Any]:
        names = ("scores", "answers", "cost", "latency")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def check_outcomes(function: str, outcomes: object) -> None:
    """Raise unless what a function was given is `Outcomes` without gaps.

    Raises
    ------
    InputError
        The message says how to make some.
    """
    instance_of(f"{function} needs Outcomes", outcomes, Outcomes, "load them: load_outcomes(data)")
    if isinstance(outcomes, Outcomes) and np.isnan(outcomes.scores).any():
        raise InputError(
            f"{function} needs an outcome of every model on every item; load them with "
            "missing='drop-items' or missing='wrong'"
        )

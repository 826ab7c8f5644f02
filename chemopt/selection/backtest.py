"""`backtest`: what ensembles chosen from some items are worth on others.

The items are split at random, again and again: selectors choose from the training items, and their
members are worth something on the test items. Differences to the most accurate models have the
intervals of Nadeau and Bengio (`chemopt.evidence.intervals`). With several numbers of training
items it is a learning curve, which says how many items are enough.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.intervals import Interval, split_interval
from chemopt.evidence.splits import random_split
from chemopt.execution.clock import SOLVE, timed
from chemopt.execution.deadline import Deadline
from chemopt.execution.gather import gather
from chemopt.execution.store import Record, Store
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.outcomes.votes import WEIGHT_RULES, WeightRule
from chemopt.problem.constrained import CONSTRAINTS, SIZES, ConstraintOptions, Constraints
from chemopt.progress import Progress, reporter
from chemopt.selection.objectives import OBJECTIVES, Objective, worth
from chemopt.selection.procedure import check_constraints
from chemopt.selection.select import DEFAULT_SIZE
from chemopt.selection.selectors import Task, parse_selector, select_members
from chemopt.validation import choice, instance_of, known_option, no_other_options, whole
from chemopt.wording import counted

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from chemopt.plots.canvas import Axes

REFERENCE = "top-k"
DEFAULT_SELECTORS = (REFERENCE, "best-model", "random", "exact", "shrunk", "chemistry")
# Of the store.
KIND = "backtest"
KEY = ("data", "seed", "split", "train_items", "selector", "objective", "weights", "size")
COLUMNS = ("split", "train_items", "test_items", "test_share", "selector", "objective", "size",
           "value", "train_value", "accuracy", "models", "seconds")  # fmt: skip
# Of a learning curve, at least this part of the items is looked at.
_TEST_SHARE = 0.1
# A learning curve is flat when the rest of it gains less than this.
ENOUGH = 0.005


@dataclass(frozen=True, eq=False)
class Backtest:
    """The result of `backtest`.

    Attributes
    ----------
    results : DataFrame
        A row for each split, number of training items, selector, objective and size: `split`,
        `train_items`, `test_items`, `test_share` (of all items), `selector`, `objective`, `size`,
        `value` (on the test items), `train_value` (on the training items), `accuracy` (mean of
        the members, on the test items), `models` (a tuple of names), `seconds`.
    """

    results: pd.DataFrame

    def summary(self, versus: str | None = None) -> pd.DataFrame:
        """Return the means over splits, and the differences to a selector.

        Parameters
        ----------
        versus : str, optional
            The selector to compare with; ``"top-k"`` if it was run, else the first.

        Returns
        -------
        DataFrame
            A row for each objective, size, number of training items and selector: `mean` and
            `train_mean` of the values, `difference` to the other selector with its 95 %
            interval (`low`, `high`; NaN where it was not run), `versus`, `splits`.

        Raises
        ------
        InputError
            There is no such selector.
        """
        run = list(self.results["selector"].unique())
        versus = versus or (REFERENCE if REFERENCE in run else run[0])
        known_option("selector", versus, run)
        rows = []
        for case, group in self.results.groupby(
            ["objective", "size", "train_items", "selector"], sort=False
        ):
            objective, size, train_items, selector = tuple(case)
            found = self._difference(objective, size, train_items, selector, versus)
            rows.append(
                (objective, size, train_items, selector, group["value"].mean(),
                 group["train_value"].mean(), found.mean, found.low, found.high, versus, len(group))
            )  # fmt: skip
        columns = ["objective", "size", "train_items", "selector", "mean", "train_mean",
                   "difference", "low", "high", "versus", "splits"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def enough_items(self) -> pd.DataFrame:
        """Say how many training items are enough, for each selector, objective and size.

        Returns
        -------
        DataFrame
            `items`: the smallest number of training items with which the selector comes within
            half a point of what it reaches with the most; `best`: that value.
        """
        case = ["objective", "size", "selector"]
        means = self.results.groupby([*case, "train_items"], sort=False)["value"].mean()
        rows = []
        for names, curve in means.reset_index().groupby(case, sort=False):
            values = curve.sort_values("train_items")
            best = float(values["value"].iloc[-1])
            near = values.loc[values["value"] >= best - ENOUGH, "train_items"]
            rows.append((*tuple(names), int(near.iloc[0]), best))
        return pd.DataFrame(rows, columns=["objective", "size", "selector", "items", "best"])

    def plot(self, ax: Axes | None = None, *, versus: str | None = None) -> Axes:
        """Draw the held-out means: `chemopt.plots.backtest_curve`.

        Parameters
        ----------
        ax : Axes, optional
        versus : str, optional
            As for `summary`.
        """
        from chemopt.plots.backtest import backtest_curve

        about = str(self.results.attrs.get("about", ""))
        return backtest_curve(self.summary(versus), about=about, ax=ax)

    def _difference(
        self, objective: Any, size: Any, train_items: Any, selector: Any, versus: str
    ) -> Interval:
        at = self.results[
            (self.results["objective"] == objective)
            & (self.results["size"] == size)
            & (self.results["train_items"] == train_items)
        ]
        mine = at[at["selector"] == selector].set_index("split")["value"]
        other = at[at["selector"] == versus].set_index("split")["value"]
        both = (mine - other).dropna()
        if both.empty:
            return Interval(float("nan"), float("nan"), float("nan"))
        test_share = float(at["test_share"].iloc[0])
        return split_interval(both.to_numpy(dtype=float), test_share, -1.0, 1.0)


def backtest(
    outcomes: Outcomes,
    selectors: Sequence[str] = DEFAULT_SELECTORS,
    objectives: Sequence[Objective] = ("coverage",),
    sizes: Sequence[int] | None = None,
    *,
    splits: int = 20,
    train_items: int | Sequence[int] | None = None,
    test_items: int | None = None,
    weights: WeightRule = "log-odds",
    constraints: Constraints | None = None,
    seed: int = 0,
    store: str | Path | None = None,
    executor: str | Executor | None = None,
    time_limit: float | None = None,
    progress: Progress = None,
    **options: Unpack[ConstraintOptions],
) -> Backtest:
    """Compare selectors on items that they did not choose from.

    Parameters
    ----------
    outcomes : Outcomes
    selectors : sequence of str
        See `chemopt.selection.selectors`.
    objectives : sequence of {"coverage", "vote"}
        What members are worth.
    sizes : sequence of int, optional
        Numbers of members; 3 if not given, or all models of a smaller pool.
    splits : int
        Random splits, at least 2.
    train_items : int or sequence of int, optional
        Numbers of training items; half of the items if not given.
    test_items : int, optional
        Number of test items; as many as training items if not given, but at least a tenth of all,
        and at most the others.
    weights : {"log-odds", "equal"}
        Of votes.
    constraints : Constraints, optional
        Which ensembles are feasible, without bounds on size. Its fields (`require`, `exclude`,
        `budgets`, `groups`, …) are options of this function, too.
    seed : int
        Of the splits, and of selectors that draw.
    store : path, optional
        The folder of a store that grows with each result; results that it holds are not computed
        again.
    executor : {"serial", "processes"} or str or Executor, optional
        Where selectors are run; see `chemopt.execution.executors.open_executor`.
    time_limit : float, optional
        Seconds for the whole; what is done by then is returned, and ``results.attrs["partial"]``
        says how much that is.
    progress : bool or callable, optional
        True shows a bar; a function is called with the results done and their number.

    Raises
    ------
    InputError
        An option is not valid, there are too few items, or the store holds something else.
    Interrupted
        By Ctrl-C; it has the result so far.

    Examples
    --------
    >>> from chemopt.outcomes.generate import generate_outcomes
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(generate_outcomes(models=6, items=200, seed=1))
    >>> found = backtest(outcomes, ["top-k", "shrunk"], sizes=[2], splits=5)
    >>> found.summary()[["selector", "splits"]]
      selector  splits
    0    top-k       5
    1   shrunk       5
    """
    progress = reporter(progress, "results")
    check_outcomes("backtest", outcomes)
    names = [_text("selectors", name) for name in _listed("selectors", selectors)]
    for name in names:
        parse_selector(name)
    goals = [choice("objective", one, OBJECTIVES) for one in _listed("objectives", objectives)]
    choice("weights", weights, WEIGHT_RULES)
    if "vote" not in goals and weights != "log-odds":
        raise InputError(f"weights {weights!r} are of votes, and no objective is 'vote'")
    pool = len(outcomes.models)
    given_sizes = [min(DEFAULT_SIZE, pool)] if sizes is None else _listed("sizes", sizes)
    members = [whole("sizes", size, 1, pool) for size in given_sizes]
    if "vote" in goals and not outcomes.votable:
        raise InputError("objective 'vote' needs the answers, or right and wrong")
    if test_items is not None:
        test_items = whole("test_items", test_items, 1)
    deadline = Deadline.after(time_limit)
    splits, seed = whole("splits", splits, 2), whole("seed", seed, 0)
    trains = _train_items(outcomes, train_items)
    fixed = _fixed_constraints(outcomes, constraints, options)
    cases = list(itertools.product(range(splits), trains, goals, members, names))
    data = _fingerprint(outcomes, fixed, test_items)
    keys = [
        (data, seed, split, train, selector, objective, weights, size)
        for split, train, objective, size, selector in cases
    ]
    with nullcontext() if store is None else Store(store, KIND) as opened:
        held = {} if opened is None else opened.records()
        left = [key for key in keys if json.dumps(key) not in held]

        def keep(number: int, found: Record) -> None:
            row = {**dict(zip(KEY, left[number], strict=True)), **found}
            held[json.dumps(left[number])] = row
            if opened is not None:
                opened.put(json.dumps(left[number]), row)

        gathered = gather(
            _result,
            [(outcomes, dict(zip(KEY, key, strict=True)), test_items, fixed) for key in left],
            executor, deadline=deadline, done=keep, progress=progress,
        )  # fmt: skip
    rows = [held[json.dumps(key)] for key in keys if json.dumps(key) in held]
    results = pd.DataFrame(rows, columns=list(COLUMNS))
    of = f", {counted(members[0], 'member')}" if len(members) == 1 else ""
    source = "" if outcomes.source == "DataFrame" else f"{outcomes.source}: "
    results.attrs["about"] = (
        f"{source}{counted(pool, 'model')}, {counted(len(outcomes), 'item')}{of}"
    )
    results["models"] = pd.Series([tuple(models) for models in results["models"]], dtype=object)
    return gathered.finish(Backtest(results), results.attrs)


def _result(
    outcomes: Outcomes,
    case: Mapping[str, Any],
    test_items: int | None,
    constraints: Constraints,
    seconds: float | None,
) -> Record:
    """Choose from the training items and look at the test items.

    Selectors have no time limit: `seconds` is seen to between results.
    """
    objective, selector = case["objective"], case["selector"]
    size = case["train_items"]
    wanted = max(size, math.ceil(_TEST_SHARE * len(outcomes))) if test_items is None else test_items
    rows = random_split(len(outcomes), size, wanted, (case["seed"], case["split"]))
    train, test = (outcomes.take_items(part) for part in rows)
    sized = constraints.of_size(case["size"])
    timings: dict[str, float] = {}
    with timed(timings, SOLVE):
        chosen = select_members(selector, Task(train, sized, case["seed"], case["split"]))
    if not chosen.models:
        raise InputError(
            f"selector {selector!r} has no ensemble of {case['size']} models; the "
            "constraints may contradict each other"
        )
    own = case["weights"] if chosen.weights is None else np.array(chosen.weights)
    return {
        "test_items": len(test),
        "test_share": len(test) / len(outcomes),
        "value": worth(test, chosen.models, objective, own, train),
        "train_value": worth(train, chosen.models, objective, own, train),
        "accuracy": float(test.accuracy[list(chosen.models)].mean()),
        "models": list(chosen.models),
        "seconds": timings[SOLVE],
    }


def _train_items(outcomes: Outcomes, given: int | Sequence[int] | None) -> list[int]:
    items = len(outcomes)
    if items < 4:
        raise InputError(f"backtest needs at least 4 items to split, not {items}")
    if given is None:
        return [items // 2]
    numbers = [given] if isinstance(given, Integral) else _listed("train_items", given)
    return [whole("train_items", number, 1, items - 1) for number in numbers]


def _fixed_constraints(
    outcomes: Outcomes, given: Constraints | None, options: ConstraintOptions
) -> Constraints:
    left: dict[str, Any] = dict(options)
    constraints = Constraints.take(left, given)
    no_other_options("backtest", left, CONSTRAINTS)
    for name in SIZES:
        if getattr(constraints, name) is not None:
            raise InputError(f"backtest takes sizes=[…], not the constraint {name!r}")
    check_constraints(outcomes, constraints)
    return constraints


def _fingerprint(outcomes: Outcomes, constraints: Constraints, test: int | None) -> str:
    """Return what tells these data and constraints from others."""
    digest = hashlib.sha256(repr(outcomes.models).encode())
    for array in (outcomes.scores, outcomes.answers, outcomes.cost, outcomes.latency):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    table = constraints.table
    stated = (constraints.texts(), test, "" if table is None else table.to_csv())
    digest.update(repr(stated).encode())
    return digest.hexdigest()[:16]


def _text(option: str, value: Any) -> str:
    instance_of(f"{option} must be names", value, str)
    return str(value)


def _listed(option: str, values: Any) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise InputError(f"{option} must be a list of at least one value, not {values!r}")
    return [value for k, value in enumerate(values) if value not in values[:k]]

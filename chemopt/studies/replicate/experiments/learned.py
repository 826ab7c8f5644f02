"""What is learned from a history: accuracies on items (RQ1), and chemistry (RQ2, RQ3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.table import ChemistryTable
from chemopt.history.histories import EVALUATION_STRATEGIES, History
from chemopt.profiles.aggregates import Aggregate
from chemopt.profiles.profiles import learn_profiles
from chemopt.studies.replicate.settings import Setting


@dataclass(frozen=True, eq=False)
class Learned:
    """What is learned from a history under each setting, each computed once.

    Attributes
    ----------
    history : History
        With all strategies.
    """

    history: History
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def item_accuracies(self, setting: Setting, evaluated: Collection[str]) -> pd.DataFrame:
        """Return each model's accuracy on each item: a row for each model, NaN where unknown.

        Parameters
        ----------
        setting : Setting
        evaluated : collection of str
            Trials that are left out if ``setting.held_out``.
        """
        key = ("items", setting.item, setting.aggregate, _left_out(setting, evaluated))
        if key not in self._known:
            rows = _remaining(self.history.frame, setting, evaluated)
            if setting.item == "trial":
                rows = rows.assign(id=rows["trial"].str.split(" ").str[-1])
            self._known[key] = self._by_item(rows, setting.aggregate)
        accuracies: pd.DataFrame = self._known[key]
        return accuracies

    def table(self, setting: Setting, evaluated: Collection[str]) -> ChemistryTable:
        """Return the chemistry table, learned without the rows that evaluate the method itself.

        Parameters are those of `item_accuracies`.
        """
        key = ("table", setting.aggregate, setting.empty_cost, _left_out(setting, evaluated))
        if key not in self._known:
            rows = _remaining(self.history.frame, setting, evaluated)
            rows = rows[~rows["strategy"].isin(EVALUATION_STRATEGIES)]
            aggregate: Aggregate = "best" if setting.aggregate == "reference" else setting.aggregate
            profiles = learn_profiles(replace(self.history, frame=rows), aggregate=aggregate)
            self._known[key] = compute_chemistry(profiles, empty_cost=setting.empty_cost)
        table: ChemistryTable = self._known[key]
        return table

    def _by_item(
        self, rows: pd.DataFrame, aggregate: Literal["reference", "mean", "shrunk"]
    ) -> pd.DataFrame:
        if aggregate == "reference":
            last = rows.drop_duplicates(["model", "id"], keep="last")
            return last.pivot(index="model", columns="id", values="accuracy")
        rows = rows[["trial", "model", "id", "task", "task_group", "quality", "accuracy"]]
        columns = {}
        for item in sorted(set(rows["id"])):
            own = replace(self.history, frame=rows[rows["id"] == item])
            profiles = learn_profiles(own, aggregate=aggregate, accuracy_floor=0)
            columns[item] = profiles.frame["accuracy"]
        return pd.DataFrame(columns)


def _left_out(setting: Setting, evaluated: Collection[str]) -> frozenset[str]:
    return frozenset(evaluated) if setting.held_out else frozenset()


def _remaining(rows: pd.DataFrame, setting: Setting, evaluated: Collection[str]) -> pd.DataFrame:
    return rows[~rows["trial"].isin(list(_left_out(setting, evaluated)))]

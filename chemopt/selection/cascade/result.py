"""The answer of `cascade`: an order, what is proved of it, and what it costs held out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.intervals import Interval
from chemopt.evidence.verdict import Verdict
from chemopt.execution.clock import timings_text
from chemopt.frames import frame_records, frame_text
from chemopt.methods.result import Result
from chemopt.selection.cascade.held_out import CASCADE
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance
from chemopt.wording import counted

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False, kw_only=True)
class Cascade(Result):
    """What `cascade` returns. Costs and latencies are those of an item.

    Attributes
    ----------
    problem, models, method, status, stop_reason, bound, solver, solver_version, timings, seed, \
settings, message, nodes
        As for all results (`chemopt.methods.result.Result`). Models are in the order in which they
        are asked. With a budget, no feasible cascade covers more than `bound`, a share; with a
        target, none costs less.
    max_cost : float or None
    target : float or None
        As a share of the items.
    expected_cost, coverage : float or None
        On the items that the order was chosen from. They flatter: see `held_out`.
    expected_latency : float or None
        Where latencies are known.
    front : DataFrame
        Cascades that no other known one beats, sorted by cost: `order`, `expected_cost`,
        `coverage`, and whether it is `proved` that no feasible cascade costs less and covers no
        less, or covers more and costs no more.
    stages : DataFrame
        A row for each model of the order: `model`, the share of the items that `reach` it, and what
        it adds to `expected_cost` and `coverage`.
    baselines : DataFrame
        The cascade and what it is compared with, on the items at hand: `name`, `order`,
        `expected_cost`, `coverage`.
    held_out : DataFrame
        The same on items held out, with intervals; see `chemopt.selection.cascade.held_out`.
    splits : DataFrame
        The values that `held_out` are means of.
    verdict : Verdict or None
        What is optimal, what it is worth against the best single model, and whether to use it.
    warnings : tuple of str
    """

    what: ClassVar[str] = "cascade"

    problem: CascadeProblem
    max_cost: float | None
    target: float | None
    expected_cost: float | None
    coverage: float | None
    expected_latency: float | None
    front: pd.DataFrame
    stages: pd.DataFrame
    baselines: pd.DataFrame
    held_out: pd.DataFrame
    splits: pd.DataFrame
    verdict: Verdict | None
    warnings: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The models in the order in which they are asked; empty when there is none."""
        return self.models

    @property
    def value(self) -> float | None:
        """With a budget the coverage, which is maximised, else the expected cost, minimised."""
        return self.coverage if self.max_cost is not None else self.expected_cost

    @property
    def over_cost(self) -> float | None:
        """The share of the held-out splits that cost more than `max_cost`; None without them."""
        if self.max_cost is None or self.splits.empty:
            return None
        cost = self.splits.loc[self.splits["name"] == CASCADE, "cost"]
        return float((cost > with_allowance(self.max_cost)).mean())

    def held_out_interval(self, column: str, name: str = CASCADE) -> Interval:
        """Return a held-out mean with its interval; NaN without a held-out estimate.

        Parameters
        ----------
        column : {"cost", "coverage", "more_cost", "more_coverage"}
        name : str
            A name of `held_out`.
        """
        rows = self.held_out[self.held_out["name"] == name]
        if rows.empty:
            return Interval(math.nan, math.nan, math.nan)
        row = rows.iloc[0]
        return Interval(*(float(row[f"{column}{end}"]) for end in ("", "_low", "_high")))

    def _figures(self) -> dict[str, Any]:
        problem = self.problem
        versus = [str(name) for name in self.held_out["name"] if name != CASCADE]
        latency = problem.max_latency
        return {
            "order": list(self.order),
            "expected_cost": self.expected_cost,
            "coverage": self.coverage,
            "expected_latency": self.expected_latency,
            "max_cost": self.max_cost,
            "target": self.target,
            "front": _ordered(self.front),
            "stages": frame_records(self.stages),
            "held_out": {
                "expected_cost": self.held_out_interval("cost").to_dict(),
                "coverage": self.held_out_interval("coverage").to_dict(),
                "over_cost": self.over_cost,
                "versus": {
                    name: {
                        "expected_cost": self.held_out_interval("more_cost", name).to_dict(),
                        "coverage": self.held_out_interval("more_coverage", name).to_dict(),
                    }
                    for name in versus
                },
            },
            "baselines": _ordered(self.baselines),
            "max_length": problem.constraints.max_size,
            "max_latency": None if latency is None else latency / problem.items.total,
            "false_accept": problem.verifier.false_accept,
            "false_reject": problem.verifier.false_reject,
            "items": int(problem.items.total),
        }

    def summary(self) -> str:
        """Return a text for reading: the order stage by stage, what is proved, and held out."""
        lines = self._claim(f"cascade, {self.goal}")
        if self.expected_cost is not None and self.coverage is not None:
            lines += [
                f"  order         {' → '.join(self.order)}",
                f"  cost          {self.expected_cost:.6g} an item",
                f"  coverage      {100 * self.coverage:.2f} %",
            ]
            if self.expected_latency is not None:
                lines.append(f"  latency       {self.expected_latency:.6g} an item")
            cost, covered = self.held_out_interval("cost"), self.held_out_interval("coverage")
            if not math.isnan(cost.mean):
                lines += [
                    f"  held out      cost {cost.mean:.6g}{_ends(cost, '{:.6g}', 1)}",
                    f"                coverage {100 * covered.mean:.2f} %"
                    f"{_ends(covered, '{:.2f}', 100)}",
                ]
            if self.over_cost:
                share = f"{100 * self.over_cost:.0f} %"
                lines.append(f"                above the largest cost in {share} of the splits")
        if self.bound is not None and self.gap is not None:
            lines.append(f"  {self._bound_text()} (gap {100 * self.gap:.2g} %)")
        proved = int(self.front["proved"].sum()) if len(self.front) else 0
        lines.append(f"  front         {len(self.front)} cascades, {proved} of them proved")
        lines.append(self._solved_by())
        lines.append(f"  time          {timings_text(self.timings)}")
        lines += [f"  warning       {warning}" for warning in self.warnings]
        if len(self.stages):
            lines += ["", self._stages_text()]
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what cascades cost and cover: `chemopt.plots.cascade_front`.

        Raises
        ------
        InputError
            There is no cascade.
        """
        from chemopt.plots.cascade import cascade_front

        if self.front.empty:
            raise InputError(f"there is no cascade to draw: {self.message}")
        pool = f"{counted(len(self.problem.models), 'model')}, {self.problem.items.total:g} items"
        return cascade_front(
            self.front, self.baselines, self.held_out, chosen=CASCADE,
            about=f"{self.goal}; {pool}", ax=ax,
        )  # fmt: skip

    @property
    def goal(self) -> str:
        """What was asked for, on the items at hand."""
        if self.max_cost is not None:
            return f"most coverage for at most {self.max_cost:g} an item"
        return f"least cost for a coverage of at least {100 * (self.target or 0.0):.2f} %"

    def _bound_text(self) -> str:
        if self.max_cost is not None:
            return f"upper bound   {100 * (self.bound or 0.0):.2f} %"
        return f"lower bound   {self.bound:.6g}"

    def _stages_text(self) -> str:
        shown = self.stages.assign(
            reach=100 * self.stages["reach"], coverage=100 * self.stages["coverage"]
        )
        return frame_text(
            shown, {"reach": "{:.2f} %", "expected_cost": "{:.6g}", "coverage": "{:+.2f}"}
        )

    def __repr__(self) -> str:
        """Return a line: status, cost, coverage and order."""
        return (
            f"Cascade(status={self.status.value!r}, expected_cost={self.expected_cost!r}, "
            f"coverage={self.coverage!r}, order={self.order!r})"
        )


def _ordered(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with an order of models as plain data."""
    return [{**row, "order": list(row["order"])} for row in frame_records(rows)]


def _ends(found: Interval, form: str, factor: float) -> str:
    if math.isnan(found.low):
        return ""
    low, high = (form.format(factor * end) for end in (found.low, found.high))
    return f" (95 % interval {low} to {high})"

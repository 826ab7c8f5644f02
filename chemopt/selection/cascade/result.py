"""The answer of `cascade`: an order, what is proved of it, and what it costs held out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.intervals import Interval
from chemopt.evidence.verdict import Verdict
from chemopt.execution.clock import SOLVE, timings_text
from chemopt.frames import frame_records, frame_text, html_text, plain_records, to_json
from chemopt.methods.outcome import Status, StopReason
from chemopt.problem.linear import constraint_use
from chemopt.selection.cascade.held_out import CASCADE
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance
from chemopt.wording import counted

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False)
class Cascade:
    """What `cascade` returns. Costs and latencies are those of an item.

    Attributes
    ----------
    problem : CascadeProblem
        What was solved.
    order : tuple of str
        The models in the order in which they are asked; empty when there is none.
    budget : float or None
    target : float or None
        As a share of the items.
    status : Status
    stop_reason : StopReason
    expected_cost, coverage : float or None
        On the items that the order was chosen from. They flatter: see `held_out`.
    expected_latency : float or None
        Where latencies are known.
    bound : float or None
        With a budget, no feasible cascade covers more than this share; with a target, none costs
        less. None if nothing is proved.
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
    method, solver, solver_version : str
    timings : dict
        Seconds: ``"solve"``, building and solving; and apart from that ``"held_out"``, the held-out
        estimate, and ``"loading"``, imports.
    seed : int
    settings : dict
    message : str
        For a reader: why there is no cascade.
    """

    problem: CascadeProblem
    order: tuple[str, ...]
    budget: float | None
    target: float | None
    status: Status
    stop_reason: StopReason
    expected_cost: float | None
    coverage: float | None
    expected_latency: float | None
    bound: float | None
    front: pd.DataFrame
    stages: pd.DataFrame
    baselines: pd.DataFrame
    held_out: pd.DataFrame
    splits: pd.DataFrame
    verdict: Verdict | None
    warnings: tuple[str, ...]
    method: str
    solver: str
    solver_version: str
    timings: Mapping[str, float]
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def runtime(self) -> float:
        """Seconds of building and solving: `timings["solve"]`."""
        return self.timings[SOLVE]

    @property
    def gap(self) -> float | None:
        """0 if proved optimal, else the relative distance to the bound; None without one."""
        value = self.coverage if self.budget is not None else self.expected_cost
        if value is None or self.bound is None:
            return None
        if self.status is Status.OPTIMAL:
            return 0.0
        return abs(self.bound - value) / value if value > 0 else math.inf

    @property
    def over_budget(self) -> float | None:
        """The share of the held-out splits that cost more than the budget; None without them."""
        if self.budget is None or self.splits.empty:
            return None
        cost = self.splits.loc[self.splits["name"] == CASCADE, "cost"]
        return float((cost > with_allowance(self.budget)).mean())

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

    @property
    def constraint_use(self) -> pd.DataFrame:
        """How much of each side constraint the models use, and what is left of it (`slack`).

        See `chemopt.problem.linear.constraint_use`; no rows without a cascade.
        """
        use = constraint_use(self.problem, self.order)
        return use if self.order else use[:0]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        problem = self.problem
        return {
            "verdict": None if self.verdict is None else self.verdict.to_dict(),
            "order": list(self.order),
            "expected_cost": self.expected_cost,
            "coverage": self.coverage,
            "expected_latency": self.expected_latency,
            "budget": self.budget,
            "target": self.target,
            "bound": self.bound,
            "gap": self.gap,
            "status": self.status.value,
            "stop_reason": self.stop_reason.value,
            "message": self.message,
            "front": [{**row, "order": list(row["order"])} for row in frame_records(self.front)],
            "stages": frame_records(self.stages),
            "held_out": {
                "expected_cost": self.held_out_interval("cost").to_dict(),
                "coverage": self.held_out_interval("coverage").to_dict(),
                "over_budget": self.over_budget,
                "versus": {
                    str(name): {
                        "expected_cost": self.held_out_interval("more_cost", str(name)).to_dict(),
                        "coverage": self.held_out_interval("more_coverage", str(name)).to_dict(),
                    }
                    for name in self.held_out["name"]
                    if name != CASCADE
                },
            },
            "baselines": [
                {**row, "order": list(row["order"])} for row in frame_records(self.baselines)
            ],
            "warnings": list(self.warnings),
            "max_length": problem.constraints.max_size,
            "max_latency": None
            if problem.max_latency is None
            else problem.max_latency / problem.items.total,
            "false_accept": problem.verifier.false_accept,
            "false_reject": problem.verifier.false_reject,
            **problem.constraints.to_dict(),
            "constraint_use": plain_records(self.constraint_use),
            "pool": list(problem.models),
            "items": int(problem.items.total),
            "method": self.method,
            "runtime": self.runtime,
            "timings": dict(self.timings),
            "seed": self.seed,
            "solver": self.solver,
            "solver_version": self.solver_version,
            "settings": dict(self.settings),
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON; what is not known is null."""
        return json.dumps(json.loads(to_json(self.to_dict())), ensure_ascii=False, indent=2)

    def summary(self) -> str:
        """Return a text for reading: the order stage by stage, what is proved, and held out."""
        lines = [f"cascade, {self.goal}: {STATUS_TEXT[self.status]}"]
        if self.verdict is not None:
            lines.append(self.verdict.sentence)
        if self.message:
            lines.append(f"  {self.message}")
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
            if self.over_budget:
                share = f"{100 * self.over_budget:.0f} %"
                lines.append(f"                above the budget in {share} of the splits")
        if self.bound is not None and self.gap is not None:
            lines.append(f"  {self._bound_text()} (gap {100 * self.gap:.2g} %)")
        proved = int(self.front["proved"].sum()) if len(self.front) else 0
        lines.append(f"  front         {len(self.front)} cascades, {proved} of them proved")
        lines.append(
            f"  solved by     {self.solver} {self.solver_version} in {self.runtime:.2f} s "
            f"({self.stop_reason.value.replace('_', ' ')}), seed {self.seed}"
        )
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
        if self.budget is not None:
            return f"most coverage for at most {self.budget:g} an item"
        return f"least cost for a coverage of at least {100 * (self.target or 0.0):.2f} %"

    def _bound_text(self) -> str:
        if self.budget is not None:
            return f"upper bound   {100 * (self.bound or 0.0):.2f} %"
        return f"lower bound   {self.bound:.6g}"

    def _stages_text(self) -> str:
        shown = self.stages.assign(
            reach=100 * self.stages["reach"], coverage=100 * self.stages["coverage"]
        )
        return frame_text(
            shown, {"reach": "{:.2f} %", "expected_cost": "{:.6g}", "coverage": "{:+.2f}"}
        )

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return `summary` for a notebook."""
        return html_text(self.summary())

    def __repr__(self) -> str:
        """Return a line: status, cost, coverage and order."""
        return (
            f"Cascade(status={self.status.value!r}, expected_cost={self.expected_cost!r}, "
            f"coverage={self.coverage!r}, order={self.order!r})"
        )


def _ends(found: Interval, form: str, factor: float) -> str:
    if math.isnan(found.low):
        return ""
    low, high = (form.format(factor * end) for end in (found.low, found.high))
    return f" (95 % interval {low} to {high})"


STATUS_TEXT = {
    Status.OPTIMAL: "optimal, proved",
    Status.FEASIBLE: "a cascade, not proved optimal",
    Status.INFEASIBLE: "infeasible: no cascade does that",
    Status.NO_RECOMMENDATION: "no cascade",
}

"""What every answer has: what was asked, what was found, what is proved of it, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from chemopt.evidence.verdict import Verdict
from chemopt.execution.clock import SOLVE
from chemopt.frames import html_text, plain_records, to_json
from chemopt.methods.judge import relative_gap
from chemopt.methods.outcome import Status, StopReason, status_text
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.linear import constraint_use


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """Base of `Recommendation`, `Selection` and `Cascade`.

    Attributes
    ----------
    problem : ConstrainedPool
        What was solved.
    models : tuple of str
        The answer, by name; empty when there is none.
    method : str
        As asked for.
    status : Status
    stop_reason : StopReason
    bound : float or None
        A proved bound of the value of every feasible answer; None if nothing is proved. It allows
        for the solver's tolerances.
    solver, solver_version : str
        What did the work.
    timings : dict
        Seconds: ``"solve"``, building and solving; and apart from that those parts there are of
        ``"shrinkage"``, ``"held_out"`` and ``"baselines"``, and ``"loading"``, importing solvers,
        which a fresh process does once.
    seed : int
    settings : dict
        The options of the run, and those of the method.
    message : str
        For a reader: why there is no answer, or how it came about.
    nodes : int or None
        Nodes of the search tree, where there is one.
    """

    #: What an answer is called.
    what: ClassVar[str] = "ensemble"

    problem: ConstrainedPool
    models: tuple[str, ...]
    method: str
    status: Status
    stop_reason: StopReason
    bound: float | None
    solver: str
    solver_version: str
    timings: Mapping[str, float]
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    nodes: int | None = None

    if TYPE_CHECKING:  # fields of some, and computed when asked for in others

        @property
        def value(self) -> float | None:
            """What is optimised, and `bound` is a bound of; None without an answer."""

        @property
        def verdict(self) -> Verdict | None:
            """What is optimal, what it is worth, and whether to use it; None without an answer."""

        @property
        def warnings(self) -> tuple[str, ...]:
            """What to know before trusting the answer, a sentence each."""

    @property
    def runtime(self) -> float:
        """Seconds of building and solving: `timings["solve"]`."""
        return self.timings[SOLVE]

    @property
    def gap(self) -> float | None:
        """0 if proved optimal, else |bound − value| / |value|; None without one of them."""
        return relative_gap(self.value, self.bound, self.status)

    @property
    def proved(self) -> bool:
        """Whether the answer is final: proved optimal, or proved infeasible."""
        return self.status in (Status.OPTIMAL, Status.INFEASIBLE)

    @property
    def constraint_use(self) -> pd.DataFrame:
        """How much of each side constraint the answer uses, and what is left of it (`slack`).

        See `chemopt.problem.linear.constraint_use`; no rows without an answer.
        """
        use = constraint_use(self.problem, self.models)
        return use if self.value is not None else use[:0]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data, without the problem's data."""
        return {
            "verdict": None if self.verdict is None else self.verdict.to_dict(),
            "models": list(self.models),
            "size": None if self.value is None else len(self.models),
            "method": self.method,
            "status": self.status.value,
            "stop_reason": self.stop_reason.value,
            "message": self.message,
            "warnings": list(self.warnings),
            "bound": self.bound,
            "gap": self.gap,
            **self._figures(),
            **self.problem.constraints.to_dict(),
            "constraint_use": plain_records(self.constraint_use),
            "pool": list(self.problem.models),
            "runtime": self.runtime,
            "timings": dict(self.timings),
            "nodes": self.nodes,
            "seed": self.seed,
            "solver": self.solver,
            "solver_version": self.solver_version,
            "settings": dict(self.settings),
        }

    def _figures(self) -> dict[str, Any]:
        """Return what only this kind of answer has, as plain data."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return `to_dict` as JSON; what is not known is null."""
        return json.dumps(json.loads(to_json(self.to_dict())), ensure_ascii=False, indent=2)

    def summary(self) -> str:
        """Return a text for reading."""
        raise NotImplementedError

    def _claim(self, objective: str) -> list[str]:
        """Return the first lines: what is proved of what objective, and anything else to say."""
        infeasible = self.status is Status.INFEASIBLE and bool(self.message)
        said = f"infeasible: {self.message}" if infeasible else status_text(self.status, self.what)
        lines = [f"{objective}, {self.method}: {said}"]
        if self.verdict is not None:
            lines.append(self.verdict.sentence)
        return [*lines, f"  {self.message}"] if self.message and not infeasible else lines

    def _solved_by(self) -> str:
        return (
            f"  solved by     {self.solver} {self.solver_version} in {self.runtime:.2f} s "
            f"({self.stop_reason.value.replace('_', ' ')}), seed {self.seed}"
        )

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return `summary` for a notebook."""
        return html_text(self.summary())

"""HiGHS: a Pyomo model as arrays, its relaxation with rows added in rounds, and its optimum.

A Pyomo model is compiled once to c, A and bounds (Pyomo's standard form) and handed to HiGHS. Rows
and objective are multiplied by powers of two, which is exact, so that neither small nor large
coefficients are lost in absolute tolerances.

Exactness
    HiGHS stops at a relative gap of 1e-4 unless told otherwise, so both gaps are set to what was
    asked (0 by default). Feasibility tolerances are `SOLVER_FEASIBILITY` instead of 1e-6 and 1e-7.
    A bound of its branch and bound rests on dual solutions that may be infeasible by that much in
    each column j, which costs (u_j − l_j) times as much in its range [l_j, u_j]; nodes are cut off
    within it of the incumbent; and values within it of whole numbers count as whole, so a node is
    left with a point that costs |c_j| times as much more than the point that HiGHS looked at. So
    1 + Σ_j (u_j − l_j + |c_j|) times the tolerance is subtracted.

    That a relaxation is infeasible is HiGHS's word; its bound needs no trust at all. For any
    multipliers λ of the rows (λ_r ≥ 0 where only the lower side is bounded, λ_r ≤ 0 where only the
    upper one is)

        min c·x ≥ Σ_r (λ_r⁺ low_r − λ_r⁻ high_r) + Σ_j min(ρ_j l_j, ρ_j u_j),   ρ = c − Aᵀλ

    (Neumaier and Shcherbina, Mathematical Programming 99, 2004), and the rounding errors of these
    sums are subtracted as well: a sum of k products has an error of at most 2 k u Σ |products|,
    where u = 2⁻⁵³ (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers.interrupt import on_interrupt
from chemopt.methods.solvers.loading import load_highs
from chemopt.numerics import SOLVER_FEASIBILITY, UNIT_ROUNDOFF, Floats
from chemopt.problem.constraints import LinearConstraint

if TYPE_CHECKING:
    import pyomo.environ as pyo

# highspy keeps its locks on the class: two threads must not run it at once.
_RUNNING = threading.RLock()
# Seconds after which a monitored solve that waits for another one asks its monitor.
_PATIENCE = 0.05
# Coefficients are scaled to at most this; below 1 they are scaled up to 1.
_LARGEST_COEFFICIENT = 2.0**10


@dataclass(frozen=True)
class Row:
    """A linear inequality low ≤ Σ coefficients · variables ≤ high over variables of a model."""

    variables: Sequence[Any]
    coefficients: Sequence[float]
    low: float = -math.inf
    high: float = math.inf


class Monitor(Protocol):
    """Watches a mixed-integer solve from within: called in the solver's thread."""

    def should_stop(self, bound: float) -> bool:
        """Return whether to stop; asked at every node and round of cuts, with the bound so far."""
        ...

    def improved(self, models: tuple[int, ...]) -> None:
        """Take note of a new incumbent."""
        ...


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The optimum of a linear relaxation.

    Attributes
    ----------
    stop_reason : StopReason
        `PROVED` if it was solved or is infeasible; see `solved`.
    values : ndarray of shape (columns,)
        A point; see `HighsModel.value_of` for single variables.
    bound : float
        A lower bound of the model's objective, valid in floating point; −∞ without one, ∞ if the
        relaxation is infeasible.
    """

    stop_reason: StopReason
    values: Floats
    bound: float

    @property
    def solved(self) -> bool:
        """Whether there is an optimal point."""
        return self.stop_reason is StopReason.PROVED and self.bound < math.inf


class HighsModel:
    """A Pyomo selection model inside HiGHS.

    Parameters
    ----------
    model : ConcreteModel
        Linear, with bounded variables: `x` over the set `I`, one for each model of the pool in its
        order, and whatever else.
    """

    def __init__(self, model: pyo.ConcreteModel) -> None:
        self._highspy = load_highs()
        from pyomo.environ import Objective, maximize
        from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

        self._model = model
        self._x = [model.x[label] for label in model.I]
        # the compiler turns maximisation into minimisation
        form = LinearStandardFormCompiler().write(model, mixed_form=True)
        self._columns = form.columns
        self._position = {id(variable): k for k, variable in enumerate(form.columns)}
        objective = next(iter(model.component_data_objects(Objective, active=True)))
        self._sign = -1.0 if objective.sense == maximize else 1.0
        # continuous columns are measured in units that bring their range to about 1
        low = np.array([variable.lb for variable in form.columns], dtype=float)
        high = np.array([variable.ub for variable in form.columns], dtype=float)
        continuous = np.array([not variable.is_integer() for variable in form.columns])
        self._unit = np.where(continuous & (high > low), _power_of_two(high - low), 1.0)
        self._low, self._high = low / self._unit, high / self._unit
        cost = form.c.toarray().ravel() * self._unit
        # small costs well above 1, so that tolerances are little next to them
        self._scale = _lift(cost, 4)
        matrix = form.A.tocsr()
        matrix.data *= self._unit[matrix.indices]
        rows = np.array([row.bound_type for row in form.rows])
        row_low = np.where(rows <= 0, form.rhs, -np.inf)
        row_high = np.where(rows >= 0, form.rhs, np.inf)
        lifts = np.array([_lift(matrix.data[a:b]) for a, b in _spans(matrix.indptr)])
        matrix.data *= np.repeat(lifts, np.diff(matrix.indptr))

        lp = self._highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(form.columns), len(rows)
        lp.col_cost_ = cost * self._scale
        lp.offset_ = float(form.c_offset[0]) * self._scale
        lp.col_lower_, lp.col_upper_ = self._low, self._high
        self._free_low, self._free_high = self._low, self._high
        slack = float((self._high - self._low + np.abs(lp.col_cost_)).sum())
        self._margin = (1 + slack) * SOLVER_FEASIBILITY
        lp.row_lower_, lp.row_upper_ = row_low * lifts, row_high * lifts
        lp.a_matrix_.format_ = self._highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self._highs = self._highspy.Highs()
        self._highs.silent()
        # entries below 1e-9 would be dropped, and the bound would be that of another model
        self._highs.setOptionValue("small_matrix_value", 1e-12)
        self._highs.passModel(lp)
        self._integers = np.array(np.flatnonzero(~continuous), dtype=np.int32)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._highs.getNumCol(), self._highs.getNumRow()

    def value_of(self, variable: Any, values: Floats) -> float:
        """Return the value of a variable at a point; 0 if it is in no row and no objective."""
        position = self._position.get(id(variable))
        return 0.0 if position is None else float(values[position] * self._unit[position])

    @property
    def values(self) -> Floats:
        """The point of the last solution, of shape (columns,)."""
        return np.array(self._highs.getSolution().col_value)

    def x_of(self, values: Floats) -> Floats:
        """Return x at a point, for each model of the pool."""
        return np.array([self.value_of(x, values) for x in self._x])

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Add inequalities, which hold from now on."""
        indices: list[int] = []
        values: list[float] = []
        starts, low, high = [], [], []
        for row in rows:
            positions = [self._position[id(variable)] for variable in row.variables]
            scaled = np.asarray(row.coefficients, dtype=float) * self._unit[positions]
            lift = _lift(scaled)
            starts.append(len(indices))
            indices += positions
            values += (lift * scaled).tolist()
            low.append(lift * row.low)
            high.append(lift * row.high)
        if starts:
            self._highs.addRows(
                len(starts), np.array(low), np.array(high), len(indices),
                np.array(starts, dtype=np.int32), np.array(indices, dtype=np.int32),
                np.array(values),
            )  # fmt: skip

    def add(self, cut: LinearConstraint) -> None:
        """Add a linear constraint over the models, which holds from now on."""
        some = np.flatnonzero(cut.weights)
        variables = [self._x[i] for i in some]
        self.add_rows([Row(variables, cut.weights[some].tolist(), cut.low, cut.high)])

    def fix(self, values: Mapping[int, int]) -> None:
        """Fix some models in or out, by number, and release those that were fixed before."""
        self._low, self._high = self._free_low.copy(), self._free_high.copy()
        for model, value in values.items():
            k = self._position[id(self._x[model])]
            self._low[k] = self._high[k] = float(value)
        every = np.arange(len(self._low), dtype=np.int32)
        self._highs.changeColsBounds(len(every), every, self._low, self._high)

    def relax(self, run: RunOptions) -> Relaxation:
        """Solve the linear relaxation."""
        self._set_types(self._highspy.HighsVarType.kContinuous)
        reason, infeasible = self._run(run, mip=False)
        if reason is StopReason.SOLVER:  # a numerical failure: solve again from scratch
            self._highs.clearSolver()
            reason, infeasible = self._run(run, mip=False)
        solution = self._highs.getSolution()
        solved = solution.dual_valid and reason is StopReason.PROVED and not infeasible
        values = np.array(solution.col_value) if solved else np.full(len(self._columns), np.nan)
        bound = self._safe_bound(np.array(solution.row_dual)) if solved else -math.inf
        return Relaxation(reason, values, math.inf if infeasible else bound)

    def solve(
        self,
        run: RunOptions,
        start: Sequence[int] | None = None,
        monitor: Monitor | None = None,
    ) -> MethodOutcome:
        """Solve the mixed-integer model.

        Parameters
        ----------
        run : RunOptions
        start : sequence of int, optional
            A feasible ensemble to begin with.
        monitor : Monitor, optional
            May stop the solve.
        """
        self._set_types(self._highspy.HighsVarType.kInteger)
        if start is not None:
            self._set_start(start)
        with self._monitored(monitor):
            reason, infeasible = self._run(run, mip=True, monitor=monitor)
        info, status = self._highs.getInfo(), self._highspy.SolutionStatus
        models = objective = None
        if info.primal_solution_status == status.kSolutionStatusFeasible:
            models = tuple(np.flatnonzero(self.x_of(self.values) > 0.5).tolist())
            objective = self._sign * info.objective_function_value / self._scale
        # a solve that is stopped early has at least the bound of the box
        dual = self._safe_bound(np.zeros(self._highs.getNumRow()))
        if info.mip_node_count >= 0:
            dual = max(dual, self._lowered(info.mip_dual_bound))
        return MethodOutcome(
            models,
            reason,
            "HiGHS",
            bound=None if infeasible else self._sign * dual,
            infeasible=infeasible,
            claimed_loss=objective,
            nodes=max(0, int(info.mip_node_count)),
        )

    def _lowered(self, bound: float) -> float:
        """Return a bound of branch and bound in the model's unit, less what tolerances can do."""
        if not math.isfinite(bound):
            return -math.inf
        return (bound - self._margin) / self._scale

    @contextlib.contextmanager
    def _monitored(self, monitor: Monitor | None) -> Iterator[None]:
        """Let a monitor watch the solves made meanwhile."""
        if monitor is None:
            yield
            return

        def ask(event: Any) -> None:
            if monitor.should_stop(self._sign * self._lowered(event.data_out.mip_dual_bound)):
                event.interrupt()

        def tell(event: Any) -> None:
            values = np.array(event.data_out.mip_solution)
            monitor.improved(tuple(np.flatnonzero(self.x_of(values) > 0.5).tolist()))

        highs = self._highs
        highs.cbMipInterrupt.subscribe(ask)
        highs.cbMipImprovingSolution.subscribe(tell)
        try:
            yield
        finally:
            highs.cbMipInterrupt.unsubscribe(ask)
            highs.cbMipImprovingSolution.unsubscribe(tell)

    def _set_start(self, models: Sequence[int]) -> None:
        labels = list(self._model.I)
        given = np.zeros(len(self._columns))
        for variable, value in self._model.point({labels[i] for i in models}):
            if id(variable) in self._position:
                k = self._position[id(variable)]
                given[k] = value / self._unit[k]
        solution = self._highspy.HighsSolution()
        solution.col_value = given
        self._highs.setSolution(solution)

    def _set_types(self, kind: Any) -> None:
        types = np.full(len(self._integers), int(kind), dtype=np.uint8)
        self._highs.changeColsIntegrality(len(self._integers), self._integers, types)

    def _run(
        self, run: RunOptions, *, mip: bool, monitor: Monitor | None = None
    ) -> tuple[StopReason, bool]:
        """Run HiGHS; return why it stopped, and whether it says infeasible."""
        # with the lock held: the clock is read, and the thread pool reset, when no other solve runs
        while not _RUNNING.acquire(timeout=-1 if monitor is None else _PATIENCE):
            if monitor is not None and monitor.should_stop(-math.inf):
                return StopReason.INTERRUPTED, False
        try:
            return self._run_alone(run, mip)
        finally:
            _RUNNING.release()

    def _run_alone(self, run: RunOptions, mip: bool) -> tuple[StopReason, bool]:
        highs = self._highs
        settings = {
            "random_seed": run.seed,
            "primal_feasibility_tolerance": SOLVER_FEASIBILITY,
            "dual_feasibility_tolerance": SOLVER_FEASIBILITY,
            "mip_feasibility_tolerance": SOLVER_FEASIBILITY,
            "mip_rel_gap": run.rel_gap,
            "mip_abs_gap": 0.0,
            "threads": run.threads,
            "output_flag": run.verbose and mip,
            "log_to_console": run.verbose and mip,
            # the clock of HiGHS runs on from one solve to the next
            "time_limit": math.inf
            if run.remaining is None
            else highs.getRunTime() + max(run.remaining, 1e-3),
        }
        for name, value in settings.items():
            highs.setOptionValue(name, value)
        # HiGHS keeps one thread pool per process and refuses another size until it is reset.
        self._highspy.Highs.resetGlobalScheduler(True)
        interrupted = False

        def stop() -> None:
            nonlocal interrupted
            interrupted = True
            highs.cancelSolve()

        highs.HandleKeyboardInterrupt = True
        with on_interrupt(stop):
            highs.solve()
        status = self._highspy.HighsModelStatus
        # columns are bounded, so "unbounded or infeasible" is infeasible
        infeasible = highs.getModelStatus() in (status.kInfeasible, status.kUnboundedOrInfeasible)
        if interrupted:
            return StopReason.INTERRUPTED, False
        if infeasible:
            return StopReason.PROVED, True
        reasons = {
            status.kOptimal: StopReason.PROVED,
            status.kTimeLimit: StopReason.TIME_LIMIT,
            status.kInterrupt: StopReason.INTERRUPTED,
        }
        return reasons.get(highs.getModelStatus(), StopReason.SOLVER), False

    def _safe_bound(self, duals: Floats) -> float:
        """Return a lower bound of the objective from multipliers of the rows; see the module."""
        self._highs.ensureRowwise()
        lp = self._highs.getLp()
        cost, matrix = np.array(lp.col_cost_), lp.a_matrix_
        starts = np.array(matrix.start_, dtype=np.intp)
        indices = np.array(matrix.index_, dtype=np.intp)
        values = np.array(matrix.value_, dtype=float)
        low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
        duals = np.where(np.isneginf(low) & (duals > 0), 0.0, duals)
        duals = np.where(np.isposinf(high) & (duals < 0), 0.0, duals)
        side = np.where(duals > 0, low, high)
        sides = np.where(duals == 0, 0.0, duals * np.where(duals == 0, 0.0, side))
        products = values * np.repeat(duals, np.diff(starts))
        n = len(cost)
        by_rows = np.bincount(indices, weights=products, minlength=n)
        sizes = np.bincount(indices, weights=np.abs(products), minlength=n) + np.abs(cost)
        reduced = cost - by_rows
        ends = np.minimum(reduced * self._low, reduced * self._high)
        # what rounding can do: to each reduced cost, then to the sum of everything
        counts = np.bincount(indices, minlength=n) + 2
        reach = np.maximum(np.abs(self._low), np.abs(self._high))
        parts = np.concatenate([sides, ends, [lp.offset_]])
        error = 2 * UNIT_ROUNDOFF * math.fsum(counts * sizes * reach)
        error += 4 * UNIT_ROUNDOFF * math.fsum(np.abs(parts))
        return (math.fsum(parts) - error) / self._scale


def _lift(values: Floats, exponent: int = 0) -> float:
    """Return the power of two that brings the largest value up to 2^exponent, or down to 1024."""
    largest = float(np.abs(values).max(initial=0.0))
    if 1 <= largest <= _LARGEST_COEFFICIENT or not largest > 0:
        return 1.0
    target = exponent if largest < 1 else math.frexp(_LARGEST_COEFFICIENT)[1]
    return math.ldexp(1.0, min(target - math.frexp(largest)[1], 1000))


def _power_of_two(values: Floats) -> Floats:
    """Return, for each positive number, the power of two just above it."""
    return np.ldexp(1.0, np.frexp(values)[1])


def _spans(indptr: npt.NDArray[np.int32]) -> Iterable[tuple[int, int]]:
    return zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True)

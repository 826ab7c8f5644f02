"""Constraints of the user's own, added to a Pyomo model, and the check of an answer against them.

A function adds them (`MipOptions.customise`). What it may do is add linear constraints, and bounded
variables to write them with. All else stays as it was built, so that what a solver proves is proved
of the problem with these constraints added, and nothing else:

- the loss, because it is what is reported, checked and compared;
- the constraints and variables of the formulation, because the proof rests on them.

An answer is checked apart from the solver: each constraint is kept as coefficients, and evaluated
at the 0/1 point of the ensemble, where products such as y are computed from x. Own variables have
the values that the solver gave them, rounded where they are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo
from pyomo.core.base.component import Component
from pyomo.core.expr.relational_expr import RelationalExpression
from pyomo.repn import generate_standard_repn

from chemopt.errors import InputError
from chemopt.numerics import OWN_VARIABLE_TOLERANCE, SUM_TOLERANCE
from chemopt.wording import cut

_ALLOWED = (pyo.Var, pyo.Constraint, pyo.Objective, pyo.Expression, pyo.Param, pyo.Set,
            pyo.RangeSet, pyo.Block, pyo.Suffix)  # fmt: skip
# Constraints that the function returns instead of adding them.
_RETURNED = "customised"


@dataclass(frozen=True)
class OwnConstraint:
    """A constraint low ≤ constant + Σ coefficient · variable ≤ high that a user added.

    Attributes
    ----------
    name, text : str
        The text is the expression, for a reader.
    terms : tuple of (variable, float)
    constant, low, high : float
    """

    name: str
    text: str
    terms: tuple[tuple[Any, float], ...]
    constant: float
    low: float
    high: float

    def excess(self, values: Mapping[int, float]) -> float:
        """Return by how much a point breaks it, relative to its largest terms; 0 if it does not.

        Parameters
        ----------
        values : mapping
            The value of each variable, by its `id`.
        """
        parts = [self.constant, *(a * values[id(variable)] for variable, a in self.terms)]
        total = math.fsum(parts)
        ends = [abs(end) for end in (self.low, self.high) if math.isfinite(end)]
        size = max(1.0, math.fsum(map(abs, parts)), *ends)
        return max(0.0, self.low - total, total - self.high) / size


class OwnConstraints:
    """What a function added to a model.

    Attributes
    ----------
    constraints : tuple of OwnConstraint
    variables : tuple
        Variables of the user's own in them, apart from those they fixed.
    """

    def __init__(self, model: pyo.ConcreteModel, customise: Callable[[Any], Any]) -> None:
        """Let a function add to a model.

        Raises
        ------
        InputError
            It raised an error, or did something else than adding linear constraints and bounded
            variables.
        """
        self._labels = {name: label for label, name in model.name_of.items()}
        self._point = model.point
        before = _State(model)
        try:
            _add_returned(model, customise(model))
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"customise raised {_first_line(error)}") from error
        new, variables = before.added(model)
        self.constraints = tuple(_own_constraint(model, one) for one in new)
        used = {id(variable) for one in self.constraints for variable, _ in one.terms}
        self.variables = tuple(v for v in variables if id(v) in used)

    @property
    def contradictory(self) -> bool:
        """Whether one without variables is not met, such as intra ≥ 1 without chemistry."""
        return any(not one.terms and one.excess({}) > 0 for one in self.constraints)

    @property
    def texts(self) -> tuple[str, ...]:
        """Name and expression of each."""
        return tuple(f"{one.name}: {one.text}" for one in self.constraints)

    def violations(
        self,
        models: Iterable[str],
        value_of: Callable[[Any], float] | None = None,
        tolerance: float | None = None,
    ) -> tuple[str, ...]:
        """Say which constraints an ensemble breaks, evaluated from its members.

        Parameters
        ----------
        models : iterable of str
            The ensemble, by name.
        value_of : callable, optional
            The solver's value of an own variable; needed if there are such variables.
        tolerance : float, optional
            Relative; by default rounding (`SUM_TOLERANCE`), or, with own variables, what a solver
            may be off by (`OWN_VARIABLE_TOLERANCE`).
        """
        if tolerance is None:
            tolerance = OWN_VARIABLE_TOLERANCE if self.variables else SUM_TOLERANCE
        chosen = {self._labels[name] for name in models}
        values = {id(variable): value for variable, value in self._point(chosen)}
        broken = []
        for variable in self.variables:
            assert value_of is not None, "own variables have values"
            value, (low, high) = value_of(variable), variable.bounds
            whole = float(round(value)) if variable.is_integer() else value
            values[id(variable)] = min(max(whole, low), high)
            if abs(values[id(variable)] - value) > tolerance * max(1.0, abs(value)):
                broken.append(f"{variable.name} = {value:.9g} is not a value it can have")
        return (
            *broken,
            *(
                f"your constraint {one.name!r} ({one.text}) is not met"
                for one in self.constraints
                if one.excess(values) > tolerance
            ),
        )


class _State:
    """What a model is made of, to see what was added to it and that nothing else was changed."""

    def __init__(self, model: pyo.ConcreteModel) -> None:
        self._components = {name: id(part) for name, part in model.component_map().items()}
        self._parts = dict(_parts(model))

    def added(self, model: pyo.ConcreteModel) -> tuple[list[Any], list[Any]]:
        """Return the constraints and variables that are new.

        Raises
        ------
        InputError
            Something was removed or changed, or cannot be added.
        """
        for name, part in self._components.items():
            if id(model.component(name)) != part:
                raise InputError(f"customise must not remove or replace {name!r} of the model")
        now = dict(_parts(model))
        for key, (part, state, name) in self._parts.items():
            if key not in now or now[key][1] != state:
                raise InputError(_changed(part, name))
        for component in model.component_objects(active=True):
            if not issubclass(component.ctype, _ALLOWED):
                raise InputError(
                    f"customise added {component.name!r}, a {component.ctype.__name__}; it may add "
                    "linear Constraints, and Vars to write them with"
                )
        new = [part for key, (part, _, _) in now.items() if key not in self._parts]
        of = {kind: [part for part in new if part.ctype is kind] for kind in _ALLOWED}
        if of[pyo.Objective]:
            raise InputError(
                f"customise added the objective {of[pyo.Objective][0].name!r}; the loss must stay "
                "the objective, because it is what is checked and compared: change alpha, beta or "
                "the table of the problem instead"
            )
        for variable in of[pyo.Var]:
            low, high = variable.bounds
            if not variable.fixed and (low is None or high is None or low > high):
                raise InputError(
                    f"variable {variable.name!r} that customise added needs finite bounds: "
                    "pyo.Var(bounds=(low, high)), as close as you know them"
                )
        return of[pyo.Constraint], of[pyo.Var]


def _parts(model: pyo.ConcreteModel) -> Iterator[tuple[int, tuple[Any, tuple[Any, ...], str]]]:
    """Yield each active part of a model that decides what is solved, with its state and name.

    Expressions are never changed in place, so it is enough to know which one it is.
    """
    for one in model.component_data_objects(pyo.Constraint, active=True):
        yield id(one), (one, (id(one.expr),), one.name)
    for one in model.component_data_objects(pyo.Objective, active=True):
        yield id(one), (one, (id(one.expr), one.sense), one.name)
    for one in model.component_data_objects(pyo.Expression):
        yield id(one), (one, (id(one.expr),), one.name)
    for one in model.component_data_objects(pyo.Var):
        yield id(one), (one, (one.lb, one.ub, one.domain, one.fixed), one.name)
    for one in (model.alpha, model.beta):
        yield id(one), (one, (pyo.value(one),), one.name)


def _changed(part: Any, name: str) -> str:
    """Say what may not be changed, and what to do instead."""
    hints = {
        pyo.Var: f"say it by a constraint, such as {name} == 1, or by require= and exclude=",
        pyo.Param: "give the problem other weights: problem.with_options(alpha=..., beta=...)",
        pyo.Objective: "the loss is what is checked and compared",
    }
    hint = hints.get(part.ctype, "it may only add")
    return f"customise must not change, fix, deactivate or remove {name!r} of the model; {hint}"


def _add_returned(model: pyo.ConcreteModel, returned: Any) -> None:
    """Add constraints that a function returned, as a lambda does."""
    if returned is None or isinstance(returned, Component):
        return
    some = list(returned) if isinstance(returned, list | tuple) else [returned]
    for one in some:
        if not isinstance(one, RelationalExpression):
            raise InputError(
                "customise must add constraints to the model, or return them (m.x_of['a'] <= "
                f"m.x_of['b']), but it returned {cut(repr(one), 60)}"
            )
    if model.component(_RETURNED) is not None:
        raise InputError(f"the model has a component {_RETURNED!r} already; name yours otherwise")
    model.add_component(_RETURNED, pyo.ConstraintList())
    for one in some:
        model.component(_RETURNED).add(one)


def _own_constraint(model: pyo.ConcreteModel, constraint: Any) -> OwnConstraint:
    """Read a constraint as coefficients, and check that it is one that can be solved."""
    what = f"constraint {constraint.name!r} that customise added"
    form = generate_standard_repn(constraint.body, compute_values=True)
    text = cut(" ".join(str(constraint.expr).split()), 120)
    if not form.is_linear():
        raise InputError(
            f"{what} is not linear: {text}; m.intra and m.inter are linear in every formulation, "
            "and m.y[i, j] is the product of x[i] and x[j] where there is y"
        )
    for variable in form.linear_vars:
        if variable.model() is not model:
            raise InputError(f"{what} speaks of {variable.name!r}, which is of another model")
    low = -math.inf if constraint.lower is None else float(pyo.value(constraint.lower))
    high = math.inf if constraint.upper is None else float(pyo.value(constraint.upper))
    coefficients = [float(a) for a in form.linear_coefs]
    numbers = [*coefficients, float(form.constant)]
    if not all(map(math.isfinite, numbers)) or math.isnan(low) or math.isnan(high):
        raise InputError(f"{what} has a coefficient that is not a finite number: {text}")
    terms = tuple(zip(form.linear_vars, coefficients, strict=True))
    return OwnConstraint(constraint.name, text, terms, float(form.constant), low, high)


def _first_line(error: Exception) -> str:
    """Return the kind of an error and the first line of its message."""
    return f"{type(error).__name__}: {error}".strip().split("\n")[0]

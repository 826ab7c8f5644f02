"""Random pools and problems for property tests."""

from __future__ import annotations

import itertools
import math
import operator
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from chemopt import ChemistryProblem, ChemistryTable, Profiles, Status, StopReason, recommend
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.registry import MethodOptions
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_table

NAMES = ("ash", "birch", "cedar", "dogwood", "elm", "fir", "gum", "hazel", "ivy", "juniper")
# Round numbers make ties, zeros and sums that only rounding tells apart.
_ENTRY = st.one_of(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.floats(0, 1, width=32))
_ALPHA = st.one_of(st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.7, 0.9, 1.0]), st.floats(0, 1))
_BETA = st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0])


def cases(count: int) -> int:
    """Return how many of this many random cases to run: all with ``--hypothesis-profile=thorough``.

    Else a quarter, at least ten. Tests that use it without hypothesis are marked `random_cases`, so
    that a long run finds them (docs/faults.md#tests).
    """
    return min(count, max(10, count * settings().max_examples // 100))


def examples(count: int) -> settings:
    """Return the settings of a property test of this many examples, see `cases`."""
    return settings(max_examples=cases(count))


@st.composite
def profile_pools(draw: st.DrawFn, most: int = 6) -> Profiles:
    """Draw profiles with ties, zero penalties and models that are not used."""
    n = draw(st.integers(1, most))
    quality = st.one_of(st.sampled_from([0.0, 5.0, 10.0]), st.floats(0, 10, width=32))
    accuracy = st.one_of(st.sampled_from([0.3, 0.5, 0.75, 1.0]), st.floats(0, 1, width=32))
    frame = pd.DataFrame(
        {
            "model": NAMES[:n],
            "quality": draw(st.lists(quality, min_size=n, max_size=n)),
            "accuracy": draw(st.lists(accuracy, min_size=n, max_size=n)),
        }
    )
    return Profiles.from_frame(frame)


@st.composite
def tables(draw: st.DrawFn, fewest: int = 2, most: int = 6) -> ChemistryTable:
    """Draw a chemistry table."""
    n = draw(st.integers(fewest, most))
    matrix = np.zeros((n, n))
    i, j = np.triu_indices(n, k=1)
    entries = draw(st.lists(_ENTRY, min_size=len(i), max_size=len(i)))
    matrix[i, j] = matrix[j, i] = entries
    return ChemistryTable(NAMES[:n], matrix)


@st.composite
def problems(draw: st.DrawFn, most: int = 6, constrained: bool = True) -> ChemistryProblem:
    """Draw a selection problem; its constraints may contradict each other."""
    table = draw(tables(most=most))
    options = {
        "alpha": draw(_ALPHA),
        "beta": draw(_BETA),
        "m_inter": draw(st.sampled_from(["published", "greedy", "cut", "total"])),
    }
    if constrained:
        size = st.one_of(st.none(), st.integers(0, len(table) + 1))
        some = st.lists(st.sampled_from(table.models), max_size=2, unique=True)
        options["min_size"] = draw(size)
        options["max_size"] = draw(size)
        options["require"] = tuple(draw(some))
        options["exclude"] = tuple(draw(some))
        options |= draw(side_constraints(table.models))
    subset = st.lists(st.sampled_from(table.models), min_size=1, max_size=4, unique=True)
    options["subsets"] = tuple(tuple(s) for s in draw(st.lists(subset, max_size=4)))
    return resolve_m_inter(ChemistryProblem(table, **options))


@st.composite
def side_constraints(draw: st.DrawFn, models: tuple[str, ...]) -> dict:
    """Draw budgets, groups, pairs and forbidden ensembles, often none of a kind."""
    price, provider = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.5]), st.sampled_from("xyz")
    attributes = {m: {"price": draw(price), "provider": draw(provider)} for m in models}
    limits = st.sampled_from([0.0, 0.3, 0.6, 1.5, 4.0])
    present = sorted({row["provider"] for row in attributes.values()})
    group = st.tuples(
        st.sampled_from(["provider", *(f"provider={x}" for x in present)]),
        st.sampled_from(["<=", ">=", "=="]),
        st.integers(0, 3),
    ).map(lambda parts: "".join(map(str, parts)))
    pair = st.lists(st.sampled_from(models), min_size=2, max_size=2, unique=True).map(tuple)
    ensemble = st.lists(st.sampled_from(models), max_size=3, unique=True).map(tuple)
    return {
        "attributes": attributes,
        "budgets": draw(st.lists(limits.map("price<={}".format), max_size=1)),
        "groups": draw(st.lists(group, max_size=1)),
        "apart": draw(st.lists(pair, max_size=1)),
        "together": draw(st.lists(pair, max_size=1)),
        "forbid": draw(st.lists(ensemble, max_size=2)),
    }


def meets_side_constraints(problem: ChemistryProblem, X) -> bool:
    """Judge an ensemble by what the texts of the constraints say."""
    compare = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}
    for budget in problem.constraints.budgets:
        name, limit = str(budget).split("<=")
        if sum(Decimal(str(problem.constraints.table.loc[m, name])) for m in X) > Decimal(limit):
            return False
    for group in problem.constraints.groups:
        of, sign, count = re.fullmatch("([^<>]+?)(<=|>=|==)(.+)", str(group)).groups()
        name, _, wanted = of.partition("=")
        column = problem.constraints.table[name]
        for value in [wanted] if wanted else set(column):
            if not compare[sign](sum(column[m] == value for m in X), int(count)):
                return False
    return (
        not any(set(pair) <= set(X) for pair in problem.constraints.apart)
        and all(len(set(pair) & set(X)) != 1 for pair in problem.constraints.together)
        and all(set(ensemble) != set(X) for ensemble in problem.constraints.forbid)
    )


def random_problem(seed: int, most: int = 14) -> ChemistryProblem:
    """Draw a pool of up to `most` models with random weights and side constraints, from a seed."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, most + 1))
    table = generate_table(n, seed=seed, kind=str(rng.choice(["chemistry-like", "uniform"])))
    if rng.random() < 0.3:  # sparse, with ties
        matrix = np.round(table.matrix, 1) * (table.matrix < 0.7)
        table = ChemistryTable(table.models, matrix)
    models = table.models
    attributes = {
        m: {"price": round(float(rng.uniform(0, 2)), 2), "provider": str(rng.choice(list("xyz")))}
        for m in models
    }
    pick = lambda k: tuple(str(m) for m in rng.choice(models, size=k, replace=False))  # noqa: E731
    options = {}
    if rng.random() < 0.5:
        options["budgets"] = [f"price<={rng.uniform(0, n / 2):.2f}"]
    if rng.random() < 0.5:
        sign, count = rng.choice(["<=", ">=", "=="], p=[0.6, 0.2, 0.2]), rng.integers(0, 4)
        present = attributes[models[0]]["provider"]
        options["groups"] = [f"provider{rng.choice(['', '=' + present])}{sign}{count}"]
    if rng.random() < 0.3:
        options["apart"] = [pick(2)]
    if rng.random() < 0.3:
        options["together"] = [pick(2)]
    if rng.random() < 0.2:
        options["forbid"] = [pick(2)]
    if rng.random() < 0.2:
        options["require"] = pick(1)
    if rng.random() < 0.2:
        options["exclude"] = pick(1)
    if rng.random() < 0.3:
        options["max_size"] = int(rng.integers(1, n + 1))
    if rng.random() < 0.3:
        options["min_size"] = int(rng.integers(0, n))
    problem = ChemistryProblem(
        table,
        alpha=float(rng.choice([0.0, 0.2, 1 / 3, 0.4, 0.5, 0.8, 1.0])),
        beta=float(rng.choice([0.0, 0.1, 0.5, 2.0])),
        m_inter=str(rng.choice(["published", "cut", "total"])),
        attributes=attributes,
        **options,
    )
    return resolve_m_inter(problem)


def all_subsets(models):
    """Yield every subset, as a tuple."""
    return itertools.chain.from_iterable(
        itertools.combinations(models, k) for k in range(len(models) + 1)
    )


def loss_by_definition(problem: ChemistryProblem, X) -> float:
    """Compute the loss of X word by word from its definition; infinite if X is not feasible."""
    c = {frozenset(pair): value for *pair, value in problem.table.pairs()}
    inside = [c[frozenset(pair)] for pair in itertools.combinations(X, 2)]
    across = [c[frozenset((a, b))] for a in X for b in problem.models if b not in X]
    if problem.inter_limit is not None and math.fsum(across) > problem.inter_limit:
        return math.inf
    if not set(problem.require) <= set(X) or set(problem.exclude) & set(X):
        return math.inf
    if not meets_side_constraints(problem, X):
        return math.inf
    if not problem.size_bounds[0] <= len(X) <= problem.size_bounds[1]:
        return math.inf
    return (
        problem.alpha * (problem.m_inter_value - math.fsum(across))
        + (1 - problem.alpha) * (problem.m_intra_value - math.fsum(inside))
        + problem.beta * len(X)
    )


def least_loss(problem: ChemistryProblem) -> float:
    """Return the least loss over all subsets, infinite if none is feasible."""
    return min(loss_by_definition(problem, X) for X in all_subsets(problem.models))


def check_exact(
    problem: ChemistryProblem, method: str, options: MethodOptions | None = None
) -> None:
    """An exact method finds the least loss, or says that nothing is feasible.

    Solvers may leave it open where their tolerances hide entries next to others, and say so.
    """
    least = least_loss(problem)
    answer = recommend(problem, method, options=options)
    hidden = problem.table.is_wide and method in ("highs", "cp-sat")
    open_ = hidden and answer.stop_reason is StopReason.ACCURACY
    assert answer.proved or open_
    if math.isinf(least):
        assert answer.status is Status.INFEASIBLE or open_
        assert answer.message
        assert answer.models == ()
        return
    assert answer.loss is not None
    assert answer.loss == pytest.approx(least, rel=1e-9, abs=1e-9)
    assert answer.loss == pytest.approx(loss_by_definition(problem, answer.models), abs=1e-12)
    assert answer.bound <= least + 1e-12
    assert answer.gap < 1e-6 or open_


def least_loss_exactly(problem: ChemistryProblem) -> Fraction | None:
    """Return the least loss by enumeration in rational numbers; None if nothing is feasible.

    The table, α, β and the constants count as the numbers that they are in binary.
    """
    if problem.m_inter == "cut":
        problem = resolve_m_inter(problem)
    n = len(problem.models)
    c = [[Fraction(float(value)) for value in row] for row in problem.matrix]
    alpha, beta = Fraction(problem.alpha), Fraction(problem.beta)
    m_inter, m_intra = Fraction(problem.m_inter_value), Fraction(problem.m_intra_value)
    degree = [sum(row) for row in c]
    # of all subsets of the first k models, with what each model would add to intra
    subsets = [((), Fraction(0), Fraction(0))]
    for k in range(n):
        subsets += [
            ((*chosen, k), intra + sum(c[k][j] for j in chosen), degrees + degree[k])
            for chosen, intra, degrees in subsets
        ]
    losses = [
        alpha * (m_inter - degrees + 2 * intra) + (1 - alpha) * (m_intra - intra) + beta * len(X)
        for X, intra, degrees in subsets
        if not violations(problem, [problem.models[k] for k in X])
    ]
    return min(losses, default=None)


def write_parts(folder, frame, parts):
    """Write the rows of a frame to files: each from a row to a row, and of a kind."""
    for number, (start, end, kind) in enumerate(parts):
        part, path = frame.iloc[start:end], Path(folder, f"part-{number}")
        if kind.startswith("csv"):
            part.to_csv(f"{path}.{kind}", index=False)
            continue
        if kind == "category":
            part = part.astype({name: kind for name in ("model", "task") if name in part})
        elif kind == "text":
            part = part.assign(quality=part["quality"].map(repr))
        part.to_parquet(f"{path}.parquet", row_group_size=7)

"""The guards: what is warned of, and what is not; and how ties are broken."""

import numpy as np
import pandas as pd
import pytest
from strategies import random_problem

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    Profiles,
    compare,
    compute_chemistry,
    recommend,
)
from chemopt.methods.accuracy import mean_accuracy
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.registry import METHODS
from chemopt.methods.ties import more_accurate
from chemopt.methods.warnings import problem_warnings
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms

SEARCHES = sorted(set(METHODS) - {"hill-climb", "random"})


def profiled(accuracy, quality=5.0, names=None, subsets=()):
    """Profiles with the given accuracies."""
    names = names or [f"m{k:02}" for k in range(len(accuracy))]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return Profiles.from_frame(frame, subsets=subsets)


def made_problem(matrix, accuracy, **options):
    """A problem with the given table and accuracies."""
    profiles = profiled(accuracy)
    table = ChemistryTable(profiles.models, matrix)
    return ChemistryProblem(table, profiles=profiles, **{"m_inter": "total", **options})


def pair(n, i, j, value=1.0):
    """A table in which one pair has chemistry, and each other pair a little of its own."""
    upper = np.triu(np.random.default_rng(1).uniform(0.01, 0.02, (n, n)), k=1)
    upper[min(i, j), max(i, j)] = value
    return upper + upper.T


def said(problem, phrase, method="auto"):
    """Return whether a recommendation warns of something, as it does in its summary and JSON."""
    answer = recommend(problem, method)
    assert list(answer.warnings) == answer.to_dict()["warnings"]
    assert all(f"  warning       {warning}" in answer.summary() for warning in answer.warnings)
    return any(phrase in warning for warning in answer.warnings)


VARIED = [0.9, 0.8, 0.7, 0.6]


def test_unused_members():
    """Members without an accuracy above the threshold are named; used ones are not."""
    profiles = profiled([0.9, 0.8, 0.2, 0.1])
    problem = ChemistryProblem(
        compute_chemistry(profiles), profiles=profiles, size=3, m_inter="total"
    )
    phrase = "1 of 3 members (m02) has no accuracy above the usage threshold 0.5: chemistry says"
    assert said(problem, phrase)
    assert not said(problem.with_options(size=2), "usage threshold")
    profiles = profiled(VARIED)
    problem = ChemistryProblem(compute_chemistry(profiles), profiles=profiles, size=3)
    assert not said(problem, "usage threshold")


def test_tables_that_say_nothing():
    """Tables without chemistry, and with the same for all pairs, are told of."""
    empty = made_problem(np.zeros((4, 4)), VARIED)
    assert said(empty, "No pair of models has chemistry")
    assert said(empty.with_options(profiles=None, subsets=()), "No pair of models has chemistry")
    assert said(made_problem(1 - np.eye(4), VARIED), "All pairs have the same chemistry, 1, so")
    varied = made_problem(pair(4, 2, 3), VARIED)
    for phrase in ("No pair", "All pairs"):
        assert not said(varied, phrase)


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_the_diagonal_is_no_pair(n):
    """Zeros on the diagonal make no pairs alike, however many pairs have chemistry."""
    rng = np.random.default_rng(n)
    pairs = n * (n - 1) // 2
    for with_chemistry in range(1, pairs + 1):
        entries = np.zeros(pairs)
        entries[pairs - with_chemistry :] = rng.choice([0.2, 0.6], with_chemistry)
        matrix = np.zeros((n, n))
        matrix[np.triu_indices(n, k=1)] = entries
        problem = made_problem(matrix + matrix.T, [0.9] * n, alpha=0.5)
        alike = n > 2 and len(set(entries)) == 1
        assert any("All pairs" in text for text in problem_warnings(problem)) == alike
    assert not said(made_problem(1 - np.eye(2), [0.9, 0.8]), "All pairs")


def test_ties():
    """A swap of equal loss is told of, with what decided; without one, nothing is."""
    matrix = np.zeros((4, 4))
    matrix[0, 1] = matrix[1, 0] = matrix[0, 2] = matrix[2, 0] = 1.0
    tied = made_problem(matrix, VARIED, alpha=0.0, size=2, subsets=[("m00", "m02")])
    assert said(tied, "among ties, swaps that leave the loss as it is: accuracy decided")
    assert said(tied, "hill-climb takes the first it finds, not the most accurate", "hill-climb")
    unknown = tied.with_options(profiles=None, subsets=())
    assert said(unknown, "order decided, since accuracies are not known")
    assert not said(made_problem(pair(4, 2, 3), VARIED, size=2), "among ties")
    # a swap of equal loss that is not feasible is none
    assert not said(tied.with_options(apart=[("m00", "m02")]), "among ties")


def test_top_k():
    """An answer that accuracy alone would have given is told of, unless nothing was to choose."""
    phrase = "Top-k by accuracy with k = 2 gives the same: chemistry changed nothing"
    options = {"alpha": 0.0, "size": 2}
    assert said(made_problem(pair(4, 0, 1), VARIED, **options), phrase)
    assert not said(made_problem(pair(4, 0, 2), VARIED, **options), "Top-k")
    assert said(made_problem(pair(4, 1, 2), VARIED, exclude=["m00"], **options), phrase)
    everyone = {"alpha": 0.0, "size": 4}
    assert not said(made_problem(pair(4, 0, 1), VARIED, **everyone), "Top-k")


def test_worse_than_random():
    """Members below the mean of those that may be chosen are told of."""
    phrase = "mean accuracy, 0.650, is below that of a random ensemble of this size, 0.750"
    assert said(made_problem(pair(4, 2, 3), VARIED, alpha=0.0, size=2), phrase)
    assert not said(made_problem(pair(4, 0, 3), VARIED, alpha=0.0, size=2), "random ensemble")
    alone = made_problem(pair(4, 2, 3), VARIED, alpha=0.0, size=2, exclude=["m00", "m01"])
    assert not said(alone, "random ensemble")
    close = made_problem(pair(4, 2, 3), [0.9002, 0.9001, 0.9, 0.9], alpha=0.0, size=2)
    assert not said(close, "random ensemble")


def test_profiles_speak_in_recommendations():
    """What is wrong with history and profiles comes first, whatever the answer."""
    problem = made_problem(pair(4, 0, 3), [0.9, 0.9, 0.9, 0.9])
    assert recommend(problem).warnings[0].startswith("Saturated")
    infeasible = recommend(problem.with_options(size=9))
    assert infeasible.warnings == recommend(problem).warnings[:1]
    frame = pd.DataFrame({"model": list("ab"), "quality": [0.7, 0.8], "accuracy": [0.6, 0.9]})
    profiles = Profiles.from_frame(frame)
    scaled = ChemistryProblem(ChemistryTable(("a", "b"), [[0, 1], [1, 0]]), profiles=profiles)
    assert "qualities look like 0–1" in recommend(scaled).warnings[0]


def test_without_profiles_and_without_models(problem):
    """A table that tells its models apart, and an empty ensemble, give no warning."""
    assert recommend(problem.with_options(alpha=0.0)).warnings == ()
    nobody = recommend(problem.with_options(min_size=0, beta=100.0, alpha=0.0))
    assert (nobody.models, nobody.warnings) == ((), ())
    assert nobody.accuracies == {}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("threshold", [0.5, pytest.param(0.0, marks=pytest.mark.slow)])
def test_a_weak_pool_is_not_without_a_warning(method, threshold):
    """Where all accuracies are below one half, no method gives weak models without a word."""
    rng = np.random.default_rng(7)
    accuracy = np.sort(rng.uniform(0.05, 0.45, 14))[::-1]
    profiles = profiled(accuracy, 10 * accuracy, subsets=[["m11", "m12", "m13"]])
    table = compute_chemistry(profiles, usage_threshold=threshold, empty_cost=None)
    problem = ChemistryProblem(table, alpha=0.3, size=3, profiles=profiles, m_inter="total")
    answer = recommend(problem, method)
    members = mean_accuracy(problem, answer.models)
    assert answer.warnings or members >= accuracy.mean()
    row = compare(problem, [method]).iloc[0]
    assert row["warnings"] == answer.warnings
    assert row["accuracy"] == pytest.approx(members, nan_ok=True)
    if threshold and method not in ("hill-climb", "random"):
        assert answer.models == ("m00", "m01", "m02")


@pytest.mark.parametrize("method", SEARCHES)
def test_without_chemistry_the_most_accurate_are_chosen(method):
    """On an empty table, ties go by accuracy, and those by name, in any order of the pool."""
    accuracy = dict(zip("abcdefgh", [0.1, 0.6, 0.7, 0.3, 0.7, 0.2, 0.6, 0.4], strict=True))
    for seed in range(2):
        names = [str(name) for name in np.random.default_rng(seed).permutation(list(accuracy))]
        problem = ChemistryProblem(
            ChemistryTable(tuple(names), np.zeros((8, 8))), size=3, alpha=0.2,
            profiles=profiled([accuracy[name] for name in names], names=names), m_inter="total",
        )  # fmt: skip
        assert recommend(problem, method).models == ("b", "c", "e")
        assert recommend(problem.with_options(exclude=["c"]), method).models == ("b", "e", "g")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "exact", "highs", "tabu"])
def test_the_order_of_the_pool_does_not_matter(method):
    """Where ties are swaps, an answer is as accurate in any order of the pool."""
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 3, 12)
    chemistry = np.array([[0.1, 0.5, 0.9], [0.5, 0.2, 0.4], [0.9, 0.4, 0.3]])
    matrix, accuracy = chemistry[np.ix_(kind, kind)], rng.random(12).round(2)
    np.fill_diagonal(matrix, 0)
    found = set()
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(12)
        names = [f"m{k:02}" for k in order]
        problem = ChemistryProblem(
            ChemistryTable(tuple(names), matrix[np.ix_(order, order)]), alpha=0.8, beta=0.1,
            profiles=profiled(accuracy[order], names=names), m_inter="total", size=5,
        )  # fmt: skip
        answer = recommend(problem, method)
        found.add((round(answer.loss, 9), round(mean_accuracy(problem, answer.models), 9)))
    assert len(found) == 1


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 8))]
)
def test_ties_between_sizes_do_not_depend_on_the_order_of_the_pool(seed):
    """Nor does an answer where ties are further away than a swap, under any constraints."""
    problem = random_problem(seed, most=8)
    table = ChemistryTable(problem.models, np.round(2 * problem.matrix) / 2)
    accuracy = np.random.default_rng(seed).random(len(table)).round(1)
    profiles = profiled(accuracy, names=list(table.models))
    tied = problem.with_options(table=table, profiles=profiles, beta=0.0, m_inter="published")
    order = np.random.default_rng(seed + 100).permutation(len(table))
    permuted = ChemistryTable([table.models[k] for k in order], table.matrix[np.ix_(order, order)])
    other = tied.with_options(table=permuted)
    for method in sorted(set(SEARCHES) - {"min-cut"}):
        one, two = recommend(tied, method, seed=1), recommend(other, method, seed=1)
        assert one.models == two.models
        assert two.problem.models == permuted.models


@pytest.mark.parametrize("seed", range(30))
def test_ties_leave_loss_and_constraints_as_they_are(seed):
    """Breaking ties keeps the loss and what is feasible, and ends where no swap is left."""
    problem = random_problem(seed, most=9)
    rng = np.random.default_rng(seed)
    matrix = np.round(2 * problem.matrix) / 2
    table = ChemistryTable(problem.models, matrix)
    profiles = profiled(rng.random(len(matrix)).round(1), names=list(problem.models))
    tied = problem.with_options(table=table, profiles=profiles, m_inter="total")
    answer = recommend(tied.with_options(profiles=None, subsets=()), "auto")
    if not answer.models:
        return
    models = tuple(tied.positions(answer.models))
    found = more_accurate(tied, models)
    names = [tied.models[k] for k in found]
    assert not violations(tied, names)
    assert loss_terms(tied, found).loss == pytest.approx(answer.loss, abs=1e-12)
    assert mean_accuracy(tied, names) >= mean_accuracy(tied, answer.models) - 1e-12
    accuracy = dict(zip(profiles.models, profiles.frame["accuracy"], strict=True))
    for out in names:
        for other in set(tied.models) - set(names):
            swapped = [*(set(names) - {out}), other]
            loss = loss_terms(tied, tied.positions(swapped)).loss
            equal = abs(loss - answer.loss) <= 1e-12 * tied.table.magnitude
            if equal and not violations(tied, swapped):
                assert accuracy[other] <= accuracy[out]


def test_a_large_size_penalty_hides_no_chemistry():
    """β is the same for ensembles of a size, so it does not make ties of small differences."""
    problem = made_problem(pair(4, 2, 3, 0.05), VARIED, alpha=0.0, beta=1e8, size=2)
    for method in ("auto", "exact"):
        assert recommend(problem, method).models == ("m02", "m03")


def test_an_infeasible_ensemble_is_left_alone():
    """There is nothing to gain for an ensemble that constraints forbid."""
    problem = made_problem(np.zeros((4, 4)), VARIED, require=["m03"])
    assert more_accurate(problem, (1, 2)) == (1, 2)
    assert more_accurate(problem, (2, 3)) == (0, 3)


def test_an_equal_swap_is_feasible(problem):
    """A swap of equal loss is found; a rank, or constraints, may leave none."""
    tied = problem.with_options(m_inter="total")
    neighbourhood = Neighbourhood(tied)
    neighbourhood.start(neighbourhood.indicator(["b", "c"]))
    assert neighbourhood.equal_swap().flips == (0, 1)
    assert neighbourhood.equal_swap(np.array([0, 1, 2])).flips == (0, 2)
    assert neighbourhood.equal_swap(np.array([2, 1, 0])) is None
    bound = Neighbourhood(tied.with_options(apart=[("a", "b"), ("a", "c")]))
    bound.start(bound.indicator(["b", "c"]))
    assert bound.equal_swap() is None

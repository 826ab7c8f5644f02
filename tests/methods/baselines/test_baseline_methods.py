"""The methods "random" and "performance": feasible, repeatable, and what they choose by."""

import numpy as np
import pandas as pd
import pytest
from strategies import all_subsets, loss_by_definition, random_problem

from chemopt import ChemistryProblem, ChemistryTable, InputError, Profiles, Status, recommend
from chemopt.methods.accuracy import accuracy_rank
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem


def with_accuracies(problem, seed=0):
    """The problem with random profiles."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"model": list(problem.models), "quality": 5.0})
    frame["accuracy"] = rng.random(len(frame)).round(1)
    return problem.with_options(profiles=Profiles.from_frame(frame), subsets=())


@pytest.mark.parametrize("method", ["random", "performance"])
@pytest.mark.parametrize("seed", range(40))
def test_constraints_are_respected(method, seed):
    """Where there is a feasible ensemble one is found, and where there is none, that is said."""
    problem = with_accuracies(random_problem(seed, most=8), seed)
    answer = recommend(problem, method, seed=seed)
    feasible = recommend(problem, "brute-force").status is not Status.INFEASIBLE
    assert bool(answer.terms) == feasible
    if feasible:
        assert not violations(problem, answer.models)
        assert answer.status is Status.FEASIBLE
        assert answer.stop_reason.value == "baseline"
        assert answer.bound is None
        again = recommend(problem, method, seed=seed)
        assert again.models == answer.models
    else:
        assert answer.status in (Status.INFEASIBLE, Status.NO_RECOMMENDATION)


def test_random_draws_sizes_and_members():
    """Over some seeds all sizes and all models come up; a seed gives the same."""
    problem = generate_problem(6, seed=1).with_options(m_inter="total")
    found = [recommend(problem, "random", seed=seed).models for seed in range(60)]
    assert {len(models) for models in found} == {2, 3, 4, 5, 6}
    assert {name for models in found for name in models if len(models) == 2} == set(problem.models)


def test_random_is_not_moved_to_accurate_models():
    """A draw stays a draw where all ensembles are tied."""
    table = ChemistryTable(tuple("abcdef"), np.zeros((6, 6)))
    problem = with_accuracies(ChemistryProblem(table, size=3))
    assert len({recommend(problem, "random", seed=seed).models for seed in range(10)}) > 3


@pytest.mark.parametrize("seed", range(10))
def test_performance_is_the_best_top_k(seed):
    """Without constraints it is the least loss of the most accurate models of each size."""
    rng = np.random.default_rng(seed)
    plain = generate_problem(7, seed=seed, kind="uniform").with_options(m_inter="total")
    required = [str(name) for name in rng.choice(plain.models, seed % 3, replace=False)]
    problem = with_accuracies(plain, seed).with_options(require=required, alpha=0.4)
    rank = dict(zip(problem.models, accuracy_rank(problem), strict=True))
    others = sorted(set(problem.models) - set(required), key=rank.get)
    tops = [{*required, *others[: k - len(required)]} for k in problem.feasible_sizes]
    answer = recommend(problem, "performance")
    assert set(answer.models) in tops
    least = min(loss_by_definition(problem, top) for top in tops)
    assert answer.loss == pytest.approx(least)
    assert least >= min(loss_by_definition(problem, X) for X in all_subsets(problem.models))


def test_performance_needs_profiles(problem):
    """Without accuracies there is nothing to go by, and the error says how to give them."""
    with pytest.raises(InputError, match="goes by accuracy, and the problem has no profiles; give"):
        recommend(problem, "performance")


def test_a_model_without_rows_ranks_last():
    """A model whose accuracy is not known is taken after all others."""
    frame = pd.DataFrame(
        {"model": list("abc"), "quality": [5, np.nan, 5], "accuracy": [0, np.nan, 0.1]}
    )
    table = ChemistryTable(tuple("abc"), np.zeros((3, 3)))
    problem = ChemistryProblem(table, profiles=Profiles.from_frame(frame), size=2)
    assert recommend(problem, "performance").models == ("a", "c")
    answer = recommend(problem.with_options(require=["b"]), "performance")
    assert answer.accuracies == {"b": None, "c": 0.1}


def test_a_time_limit_stops_performance():
    """With no time left it gives what it has."""
    problem = with_accuracies(generate_problem(30, seed=1))
    answer = recommend(problem, "performance", time_limit=1e-6)
    assert (answer.stop_reason.value, len(answer.models)) == ("time_limit", 2)

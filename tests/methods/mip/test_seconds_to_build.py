"""A model that takes longer to build than there is time is not begun."""

import pytest

from chemopt import recommend
from chemopt.methods.mip.formulations import MipOptions, build_formulation
from chemopt.methods.solvers import HighsModel
from chemopt.methods.solvers.building import seconds_to_build
from chemopt.problem.generate import generate_problem


@pytest.mark.parametrize(
    ("method", "formulation"),
    [("highs", "clique"), ("highs", "triangles"), ("cp-sat", "triangles")],
)
def test_a_large_model_is_not_begun(method, formulation):
    """The hill climber's ensemble is the answer, with the bound that costs nothing."""
    problem = generate_problem(300, kind="uniform")
    answer = recommend(problem, method, time_limit=2, options=MipOptions(formulation))
    assert (answer.status.value, answer.stop_reason.value) == ("feasible", "time_limit")
    assert "to build, so it was not begun" in answer.message
    assert answer.models == recommend(problem, "hill-climb").models
    assert answer.bound < answer.loss


@pytest.mark.parametrize("name", ["linearised", "triangles", "clique", "glover", "products"])
@pytest.mark.parametrize("kind", ["uniform", "chemistry-like"])
def test_the_counts_behind_the_estimate(name, kind):
    """Rows and coefficients of the models built are what the estimate rests on, within a half."""
    problem = generate_problem(24, kind=kind)
    model = HighsModel(build_formulation(problem, name))
    built = 30e-6 * model.size[1] + 1.6e-6 * model._highs.getNumNz()
    assert 0.5 * built <= seconds_to_build(problem, name) <= 2 * built

"""`progress`: a bar when asked for, a function of the user's own, and nothing else."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import chemopt
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.progress import reporter
from chemopt.studies.ablation import ablate

PROBLEM = generate_problem(4, seed=1).with_options(m_inter="total")


def outcomes():
    rng = np.random.default_rng(0)
    return chemopt.load_outcomes(pd.DataFrame(rng.integers(0, 2, (24, 3)), columns=list("abc")))


def priced():
    items = [(f"q{k}", m, (k + j) % 3 == 0, j + 1.0) for k in range(9) for j, m in enumerate("abc")]
    frame = pd.DataFrame(items, columns=["item", "model", "correct", "cost"])
    return chemopt.load_outcomes(frame)


def history():
    return chemopt.load_history(generate_history(models=4, trials=10, seed=1))


def profiles():
    return chemopt.learn_profiles(history(), aggregate="mean")


CALLS = {
    "compute_chemistry": lambda **o: chemopt.compute_chemistry(profiles(), **o),
    "interactions": lambda **o: chemopt.interactions(profiles(), **o),
    "compare": lambda **o: chemopt.compare(PROBLEM, **o),
    "breakpoints": lambda **o: chemopt.breakpoints(PROBLEM, "alpha", **o),
    "pareto_front": lambda **o: chemopt.pareto_front(generate_problem(21, seed=1), **o),
    "best_ensembles": lambda **o: chemopt.best_ensembles(PROBLEM, 2, **o),
    "phase_diagram": lambda **o: chemopt.phase_diagram(PROBLEM, method="highs", **o),
    "stability": lambda **o: chemopt.stability(history(), resamples=2, **o),
    "select": lambda **o: chemopt.select(outcomes(), size=2, folds=2, repeats=1, **o),
    "cascade": lambda **o: chemopt.cascade(priced(), max_cost=3, folds=2, repeats=1, **o),
    "backtest": lambda **o: chemopt.backtest(outcomes(), sizes=(2,), splits=2, **o),
    "ablate": lambda **o: ablate([PROBLEM], **o),
}
SLOW = {"phase_diagram"}
# shows its bar for pools of more than 20 only, which takes minutes
TOO_SLOW = {"pareto_front"}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_only_a_bool_or_a_function(name):
    """Another kind is refused, before any work."""
    for wrong in (3, "yes", 1):
        with pytest.raises(chemopt.InputError, match="progress must be True, False or a function"):
            CALLS[name](progress=wrong)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW))
        for name in sorted(set(CALLS) - TOO_SLOW)
    ],
)
def test_a_bar_when_asked_for(name, capsys):
    """True shows a bar that ends full; nothing is shown otherwise; a function gets the counts."""
    CALLS[name]()
    assert capsys.readouterr() == ("", "")
    CALLS[name](progress=False)
    assert capsys.readouterr() == ("", "")
    CALLS[name](progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "100%" in shown.err
    counts = []
    CALLS[name](progress=lambda done, total: counts.append((done, total)))
    assert counts[-1][0] == counts[-1][1]


def test_a_bar_follows_a_total_that_grows(capsys):
    """A search does not know its steps beforehand."""
    report = reporter(True, "solves")
    for step in ((1, 3), (2, 9), (9, 9), (9, 9)):
        report(*step)
    shown = capsys.readouterr().err
    assert "2/9" in shown or "9/9" in shown
    assert shown.count("100%") == 1


def test_tqdm_is_imported_when_needed():
    """`import chemopt` stays quick."""
    code = "import sys, chemopt; sys.exit('tqdm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

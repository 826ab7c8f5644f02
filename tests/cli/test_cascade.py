"""``chemopt cascade``: goals, prices, constraints, forms of output, errors of one line."""

import csv
import io
import json

import pytest

from chemopt.cli.main import main
from chemopt.outcomes.generate import generate_outcomes

QUICK = ("--repeats", "0")


@pytest.fixture
def run(capsys, instances):
    """Run the command on the example with its prices; return exit code, stdout and stderr."""
    files = {"O": instances / "example_outcomes.csv", "P": instances / "example_models.csv"}

    def run_words(*words):
        code = main(["cascade", *(str(files.get(word, word)) for word in words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_words


def answer(run, *words):
    code, out, _ = run(
        "O", "--prices", "P", "--max-length", "3", *QUICK, *words, "--format", "json"
    )
    assert code == 0
    return json.loads(out)


def test_goals(run):
    """A largest cost is a number, a target is 'best' or a share."""
    best = answer(run, "--target", "best")
    assert best == answer(run) | {name: best[name] for name in ("runtime", "timings")}
    assert best["order"] == ["cobalt-xs", "boreal-xs"]
    assert best["status"] == "optimal"
    within = answer(run, "--max-cost", "0.3")
    assert within["expected_cost"] <= 0.3
    assert within["coverage"] == within["bound"]
    share = answer(run, "--target", "0.9")
    assert share["coverage"] >= 0.9
    assert share["expected_cost"] == pytest.approx(share["bound"])


def test_constraints_take_attributes_of_the_prices(run):
    """--budget is a sum of an attribute over the members; --group counts them."""
    found = answer(run, "--max-cost", "1", "--budget", "price<=0.5", "--group", "provider<=1")
    providers = [name.split("-")[0] for name in found["order"]]
    assert len(set(providers)) == len(providers)
    assert found["budgets"] == ["price<=0.5"]


def test_held_out_and_reach(run):
    """The table has stages, held-out figures and what the cascade is compared with."""
    code, out, err = run("O", "--prices", "P", "--max-length", "3", "--max-cost", "0.4")
    assert code == 0
    for text in ("held out", "reach", "greedy by ratio", "all in parallel", "optimal, proved"):
        assert text in out
    assert "Held out" not in err  # warnings are in the table


def test_csv_is_the_front(run):
    """A row for each cascade of the front."""
    front = answer(run)["front"]
    _, out, _ = run("O", "--prices", "P", "--max-length", "3", *QUICK, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [json.loads(row["order"]) for row in rows] == [point["order"] for point in front]
    assert [float(row["coverage"]) for row in rows] == [point["coverage"] for point in front]
    assert {row["proved"] for row in rows} == {"True"}


def test_costs_and_latencies_of_the_outcomes(run, tmp_path):
    """Without prices, a column of the outcomes is the cost; latency can be limited, too."""
    frame = generate_outcomes(5, 60, seed=2, cost=True)
    frame["latency"] = frame["cost"].rank()
    path = tmp_path / "outcomes.csv"
    frame.to_csv(path, index=False)
    costs = {}
    for column in ("cost", "latency"):
        code, out, _ = run(path, "--cost-column", column, *QUICK, "--format", "json")
        assert code == 0
        costs[column] = json.loads(out)["expected_cost"]
    assert costs["cost"] != costs["latency"]
    code, out, _ = run(path, "--max-latency", "400", "--format", "json", *QUICK)
    assert code == 0
    assert json.loads(out)["expected_latency"] <= 400


def test_plot_and_verifier(run, tmp_path):
    """The front is drawn; a verifier that errs covers less."""
    path = tmp_path / "front.svg"
    errs = answer(run, "--plot", str(path), "--max-cost", "0.3", "--false-reject", "0.1")
    assert path.read_text().startswith("<?xml")
    assert errs["coverage"] < answer(run, "--max-cost", "0.3")["coverage"]


def test_infeasible(run):
    """Exit code 1, and why."""
    code, out, err = run("O", "--prices", "P", "--max-cost", "0.01", "--max-length", "2")
    assert code == 1
    assert "no feasible cascade costs at most 0.01 an item; the cheapest costs 0.1" in out
    assert err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("O",), "there is no column 'cost'"),
        (("O", "--prices", "nowhere.csv"), "nowhere.csv"),
        (("O", "--prices", "P", "--max-cost", "price<=3"), "'price<=3' is not a number"),
        (("O", "--prices", "P", "--target", "most"), "'most' is neither 'best' nor a share"),
        (("O", "--prices", "P", "--target", "90"), "target must be a number in (0, 1]"),
        (("O", "--prices", "P", "--max-cost", "1", "--target", "best"), "not both"),
        (("O", "--prices", "P", "--budget", "price=3"), "not of the form ATTRIBUTE<=NUMBER"),
        (("O", "--prices", "P", "--max-latency", "3"), "has no column 'latency'"),
        (("O", "--prices", "P", "--cost-column", "tokens"), "invalid choice"),
        (("O", "--prices", "P", "--method", "dp"), "up to 24 models, not 30"),
        (("O", "--prices", "P", "--plot", "front.txt"), "--plot front.txt"),
    ],
)
def test_errors(run, words, message):
    """One line on stderr, exit code 2."""
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1

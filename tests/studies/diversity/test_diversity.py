"""Outcomes, classical diversity of pairs, and chemistry next to it."""

import doctest
import json
import re
import shlex

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryTable, InputError, compute_chemistry, learn_profiles, load_history
from chemopt.cli.main import main
from chemopt.history.generate import generate_history
from chemopt.outcomes.diversity import MEASURES, diversity, ensemble_diversity
from chemopt.outcomes.of_history import outcomes_of_history
from chemopt.outcomes.read import load_outcomes
from chemopt.studies.diversity.contrast import contrast


def counted(n11, n10, n01, n00):
    """Return outcomes of two models with these numbers of items."""
    return pd.DataFrame(
        {"a": [1] * n11 + [1] * n10 + [0] * n01 + [0] * n00,
         "b": [1] * n11 + [0] * n10 + [1] * n01 + [0] * n00}
    )  # fmt: skip


def three(pattern):
    """Return outcomes of three models, a string of digits for each item."""
    return pd.DataFrame([[int(c) for c in item] for item in pattern], columns=["a", "b", "c"])


# Kuncheva, Whitaker, Shipp and Duin, Limits on the Majority Vote Accuracy in Classifier Fusion,
# Pattern Analysis and Applications 6, 2003: three classifiers with accuracy p = 0.6, ten items.
# Pattern of success: exactly two are right, or none; Q = (1 − 2p)/(1 − p) for each pair.
# Pattern of failure: all are right, or exactly one; Q = (2p − 1)/p.
@pytest.mark.parametrize(
    ("pattern", "q", "disagreement", "double_fault"),
    [
        (["110", "101", "011"] * 3 + ["000"], -0.5, 0.6, 0.1),
        (["111"] * 4 + ["100", "010", "001"] * 2, 1 / 3, 0.4, 0.2),
    ],
)
def test_patterns_of_success_and_failure(pattern, q, disagreement, double_fault):
    """All pairs have the measures that the two patterns imply."""
    frame = diversity(three(pattern))
    assert frame["q_statistic"].to_list() == pytest.approx([q] * 3)
    assert frame["disagreement"].to_list() == pytest.approx([disagreement] * 3)
    assert frame["double_fault"].to_list() == pytest.approx([double_fault] * 3)
    # both right 0.6, so φ = (N11 N00 − N01 N10)/(0.6 · 0.4)
    n11 = 0.6 - disagreement / 2
    phi = (n11 * double_fault - (disagreement / 2) ** 2) / 0.24
    assert frame["correlation"].to_list() == pytest.approx([phi] * 3)


@pytest.mark.parametrize(
    ("counts", "phi"),
    [((30, 20, 20, 30), 0.2), ((40, 10, 10, 40), 0.6), ((40, 20, 5, 20), 0.43)],
)
def test_phi_of_the_psych_manual(counts, phi):
    """The examples of ``phi`` in the manual of the R package psych, to its two digits."""
    (row,) = diversity(counted(*counts)).to_dict("records")
    assert row["correlation"] == pytest.approx(phi, abs=5e-3)


def test_examples_of_deslib():
    """Two predictions from the tests of DESlib (Cruz et al., JMLR 21(8), 2020)."""
    truth = np.array([0, 0, 1, 0, 0, 0, 0, 1, 1, 1])
    first = np.array([0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
    second = np.array([1, 0, 0, 1, 1, 0, 0, 0, 1, 1])
    frame = diversity(pd.DataFrame({"a": first == truth, "b": second == truth}))
    assert frame.loc[0, "disagreement"] == 0.5
    assert frame.loc[0, "correlation"] == 0.0
    truth = np.array([0, 0, 0, 0, 1, 1, 1])
    first, second = np.array([1, 0, 1, 0, 0, 0, 0]), np.array([1, 0, 0, 0, 1, 0, 0])
    frame = diversity(pd.DataFrame({"a": first == truth, "b": second == truth}))
    assert frame.loc[0, "double_fault"] == pytest.approx(3 / 7)


@given(st.tuples(*[st.integers(0, 9)] * 4).filter(any))
def test_properties(counts):
    """Shares add up; |φ| ≤ |Q| ≤ 1 with equal signs; φ is Pearson's; undefined has a reason."""
    outcomes = counted(*counts)
    (row,) = diversity(outcomes).to_dict("records")
    assert row["items"] == sum(counts)
    assert (row["both_right"], row["only_a"], row["only_b"], row["both_wrong"]) == counts
    assert row["both_right"] / row["items"] + row["disagreement"] + row["double_fault"] == (
        pytest.approx(1)
    )
    if outcomes.nunique().min() < 2:
        assert np.isnan([row["q_statistic"], row["correlation"]]).all()
        assert "is always" in row["undefined"]
    else:
        assert row["undefined"] is None
        pearson = np.corrcoef(outcomes["a"], outcomes["b"])[0, 1]
        assert row["correlation"] == pytest.approx(pearson, abs=1e-9)
        assert abs(row["correlation"]) <= abs(row["q_statistic"]) + 1e-12 <= 1 + 2e-12
        assert row["correlation"] * row["q_statistic"] >= 0


def test_only_common_items_count():
    """Items that one of the two did not answer are left out of their pair."""
    outcomes = pd.DataFrame(
        {"a": [1, 0, None, 1], "b": [1, 1, 0, None], "c": [None, None, 1, None]}
    )
    frame = diversity(outcomes).set_index(["model_a", "model_b"])
    assert frame["items"].to_dict() == {("a", "b"): 2, ("a", "c"): 0, ("b", "c"): 1}
    assert frame.loc[("a", "c"), "undefined"] == "no item was answered by both"
    assert frame.loc[("a", "c"), list(MEASURES)].isna().all()


def test_long_table_and_matrix_agree():
    """A long table in any order is the matrix; tasks distinguish items."""
    matrix = three(["110", "101", "011", "000"])
    long = (
        matrix.rename_axis("item")
        .reset_index()
        .melt("item", var_name="model", value_name="correct")
    )
    shuffled = long.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(diversity(matrix), diversity(shuffled))
    twice = pd.concat([long.assign(task="x"), long.assign(task="y")])
    assert diversity(twice)["items"].to_list() == [8, 8, 8]


def test_ensemble_means():
    """The mean goes over defined pairs of the ensemble alone."""
    pairs = diversity(three(["110", "101", "011", "000"]).assign(d=1))
    whole, part = ensemble_diversity(pairs), ensemble_diversity(pairs, ["a", "b"])
    assert whole.loc["q_statistic", ["pairs", "undefined"]].to_list() == [3, 3]
    assert part["mean"].to_dict() == pairs.loc[0, list(MEASURES)].to_dict()


def test_outcomes_of_a_history():
    """A trial is an item; ground truth decides; a model with several rows has their mean."""
    rows = pd.DataFrame(
        {
            "trial": ["t1", "t1", "t1", "t2", "t2"], "model": ["a", "b", "b", "a", "b"],
            "task": "sum", "quality": 5.0, "accuracy": [0.9, 0.9, 0.9, 0.2, 0.9],
            "generation_accuracy": [1.0, 1.0, 0.0, None, 0.0], "review_accuracy": 0.5,
        }
    )  # fmt: skip
    matrix = outcomes_of_history(load_history(rows)).to_frame()
    assert matrix.to_dict() == {"a": {"t1": 1.0, "t2": 0.0}, "b": {"t1": 0.0, "t2": 0.0}}
    by_accuracy = outcomes_of_history(load_history(rows.drop(columns="generation_accuracy")))
    assert by_accuracy.to_frame().to_dict() == {
        "a": {"t1": 1.0, "t2": 0.0},
        "b": {"t1": 1.0, "t2": 1.0},
    }


def test_contrast_finds_what_is_there():
    """Chemistry made of a measure has rank correlation 1 with it, and a small p."""
    rng = np.random.default_rng(3)
    outcomes = pd.DataFrame(rng.integers(0, 2, (200, 8)), columns=list("abcdefgh"))
    pairs = diversity(outcomes)
    matrix = np.zeros((8, 8))
    matrix[np.triu_indices(8, 1)] = pairs["disagreement"]
    found = contrast(ChemistryTable(tuple("abcdefgh"), matrix + matrix.T), outcomes)
    row = found.correlations.set_index("measure").loc["disagreement"]
    assert row["rho"] == pytest.approx(1)
    assert row["p"] == pytest.approx(1 / 1000)
    ranks = found.pairs[["chemistry", *MEASURES]].rank()
    for record in found.correlations.to_dict("records"):
        expected = np.corrcoef(ranks["chemistry"], ranks[record["measure"]])[0, 1]
        assert record["rho"] == pytest.approx(expected)


def test_contrast_without_variation():
    """Equal chemistry everywhere has no rank correlation, and the reason is given."""
    table = ChemistryTable(("a", "b", "c"), 1 - np.eye(3))
    found = contrast(table, three(["110", "101", "011", "000"]))
    assert found.correlations["rho"].isna().all()
    assert set(found.correlations["undefined"]) == {"chemistry is the same for all pairs"}
    two = contrast(ChemistryTable(("a", "b"), [[0, 0.5], [0.5, 0]]), three(["110", "001"]))
    assert set(two.correlations["undefined"]) == {"there are fewer than 3 pairs"}
    with pytest.raises(InputError, match="fewer than two"):
        contrast(ChemistryTable(("y", "z"), [[0, 1], [1, 0]]), three(["110", "001"]))


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        (
            pd.DataFrame({"a": [1, 2], "b": [0, 1]}),
            "row 2, column a: 2 is not 0, 1 or a mark between; percent",
        ),
        (pd.DataFrame({"a": [1, 0]}), "only one model"),
        (pd.DataFrame({"a": [None], "b": [None]}), "there is no answer"),
        (pd.DataFrame({"a": [0.5, 1], "b": [0, 1]}), "right and wrong, 1 and 0, not marks"),
        (pd.DataFrame([[1, 0]], columns=["a", "a"]), "occurs 2 times"),
        (pd.DataFrame({"model": ["a", "a"], "item": [1, 1], "correct": [0, 1]}), "two outcomes"),
        (pd.DataFrame({"model": ["a", None], "item": [1, 1], "correct": [0, 0]}), "no model"),
        (
            pd.DataFrame({"model": ["a"], "item": [1], "correct": ["ja"]}),
            "column correct: 'ja' is not 0, 1",
        ),
        ([1, 2], "load_outcomes needs a path or a DataFrame, not a list"),
    ],
)
def test_bad_outcomes(outcomes, message):
    """Each error is named."""
    with pytest.raises(InputError, match=message):
        diversity(outcomes)


def test_unknown_models():
    """An ensemble of unknown or too few models is refused."""
    pairs = diversity(three(["110", "101"]))
    with pytest.raises(InputError, match="unknown model 'z'"):
        ensemble_diversity(pairs, ["a", "z"])
    with pytest.raises(InputError, match="needs two"):
        ensemble_diversity(pairs, ["a"])


def test_command_on_outcomes(tmp_path, capsys):
    """Outcomes give the measures and their means in each format; a model can be picked."""
    path = tmp_path / "outcomes.csv"
    matrix = three(["110", "101", "011", "000"])
    matrix.rename_axis("item").reset_index().melt(
        "item", var_name="model", value_name="correct"
    ).to_csv(path, index=False)
    assert main(["diversity", str(path), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [pair["items"] for pair in data["pairs"]] == [4, 4, 4]
    assert data.keys() == {"pairs", "means"}
    assert main(["diversity", str(path), "--model", "a", "--model", "b"]) == 0
    assert "mean over pairs" in capsys.readouterr().out
    for words, message in [
        (["--model", "z"], "unknown model 'z'"),
        (["--empty-cost", "none"], "--empty-cost applies to histories"),
        (["--seed", "1"], "--seed applies to histories"),
    ]:
        assert main(["diversity", str(path), *words]) == 2
        assert message in capsys.readouterr().err


def test_command_on_poor_outcomes(tmp_path, capsys):
    """Measures that no pair has are dashes with a reason; a column that lacks is named."""
    path = tmp_path / "outcomes.csv"
    path.write_text("model,item,correct\na,1,1\nb,1,\nb,2,1\na,2,0\n")
    assert main(["diversity", str(path)]) == 0
    assert "a is always wrong, b is always right" in capsys.readouterr().out
    path.write_text("model,item\na,1\n")
    assert main(["diversity", str(path)]) == 2
    assert "outcomes.csv: missing column 'correct'" in capsys.readouterr().err
    path.write_text("model,item,correct\na,1,maybe\n")
    assert main(["diversity", str(path)]) == 2
    assert (
        "outcomes.csv: row 1, column correct: 'maybe' is not 0, 1 or a mark between"
        in capsys.readouterr().err
    )


def test_command_on_a_history(tmp_path, capsys):
    """A history gives chemistry next to the measures, and their rank correlations."""
    path = tmp_path / "history.csv"
    generate_history(models=5, trials=40, seed=1).to_csv(path, index=False)
    words = ["diversity", str(path), "--aggregate", "mean", "--empty-cost", "none"]
    assert main([*words, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    history = load_history(path)
    table = compute_chemistry(learn_profiles(history, aggregate="mean"), empty_cost=None)
    expected = contrast(table, outcomes_of_history(history))
    assert [pair["chemistry"] for pair in data["pairs"]] == list(expected.pairs["chemistry"])
    assert [row["rho"] for row in data["correlations"]] == list(expected.correlations["rho"])
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("model_a,model_b,chemistry,items")
    assert main(words) == 0
    assert "Mantel" in capsys.readouterr().out
    assert main(["diversity", "x.json"]) == 2
    assert "unknown kind of file" in capsys.readouterr().err


def test_real_outcomes(shared):
    """On published outcomes of 22 models, the measures agree with a count by hand."""
    path = shared / "data" / "outcomes" / "chembench.csv.gz"
    frame = diversity(path)
    assert len(frame) == 22 * 21 / 2
    matrix = load_outcomes(path).to_frame()
    row = frame.iloc[100]
    both = matrix[[row["model_a"], row["model_b"]]].dropna()
    assert row["items"] == len(both)
    a, b = both.to_numpy().T
    assert row["disagreement"] == pytest.approx((a != b).mean())
    assert row["double_fault"] == pytest.approx(((a == 0) & (b == 0)).mean())
    assert row["correlation"] == pytest.approx(np.corrcoef(a, b)[0, 1])


def test_documentation(monkeypatch, capsys):
    """The Python of docs/complementarity.md runs, and its command prints what is shown."""
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "complementarity.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", page, flags=re.M | re.S))
    test = doctest.DocTestParser().get_doctest(code, {}, "complementarity", None, 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    capsys.readouterr()
    blocks = re.findall(
        r"^```console\n\$ chemopt ([^\n]*)\n([^`].*?)^```$", page, flags=re.M | re.S
    )
    assert blocks
    for command, output in blocks:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == output


def test_contrast_needs_a_table():
    """The error names what is needed and how to get it."""
    right = pd.DataFrame({"a": [1, 0], "b": [0, 1]})
    with pytest.raises(InputError, match="a chemistry table, not a DataFrame; compute it"):
        contrast(right, right)

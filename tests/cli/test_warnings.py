"""What recommend, compare and profiles warn of, and the baselines that they print."""

import io
import json

import pandas as pd
import pytest

from chemopt.cli.main import main


def run(capsys, *words):
    """Run the command line; return exit code, stdout and stderr."""
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def weak(tmp_path):
    """A history in which no model is right in half of its answers."""
    rows = [
        {"trial": f"t{k}", "model": f"m{m}", "task": "sum", "quality": 3.0 + m / 10,
         "accuracy": float(k < m)}
        for m in range(5) for k in range(12)
    ]  # fmt: skip
    path = tmp_path / "weak.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return [str(path), "--aggregate", "mean", "--accuracy-floor", "0", "--size", "2"]


def test_recommend_warns(capsys, weak):
    """The table ends with warnings and baselines, JSON has them and accuracies, stderr the rest."""
    code, out, err = run(capsys, "recommend", *weak)
    assert (code, err) == (0, "")
    assert "  ensemble      m3, m4" in out
    assert "  warning       No pair of models has chemistry" in out
    assert "top-k             0.292   0.250  m3, m4" in out
    code, out, err = run(capsys, "recommend", *weak, "--format", "json")
    data = json.loads(out)
    assert data["accuracies"] == {"m3": 0.25, "m4": pytest.approx(1 / 3)}
    assert [row["name"] for row in data["baselines"]] == [
        "ensemble", "top-k", "best model", "random (mean)",
    ]  # fmt: skip
    assert data["baselines"][0]["models"] == ["m3", "m4"]
    assert data["baselines"][3]["lowest"] is None
    assert err.splitlines() == [f"chemopt: warning: {warning}" for warning in data["warnings"]]
    assert len(data["warnings"]) == 5
    _, out, err = run(capsys, "recommend", *weak, "--format", "csv")
    assert json.loads(pd.read_csv(io.StringIO(out))["warnings"][0]) == data["warnings"]
    _, out, err = run(capsys, "recommend", *weak, "--best", "2")
    assert "No pair of models" not in out
    assert "warning: No pair of models" in err


def test_recommend_without_profiles(capsys, instances):
    """An instance that holds a table only has no accuracies and no baselines."""
    path = instances / "four_models.json"
    _, out, err = run(capsys, "recommend", path, "--format", "json")
    data = json.loads(out)
    assert set(data["accuracies"].values()) == {None}
    assert (data["baselines"], data["warnings"], err) == ([], [], "")
    assert "top-k" not in run(capsys, "recommend", path)[1]
    assert "accuracy" not in run(capsys, "compare", path)[1]


def test_compare_warns(capsys, weak):
    """Each warning stands once, with its methods where it is not of all; baselines come before."""
    methods = ["--method", "performance,random,brute-force", "--seed", "1"]
    code, out, err = run(capsys, "compare", *weak, *methods)
    assert (code, err) == (0, "")
    assert out.count("warning: No pair of models has chemistry") == 1
    assert "warning: brute-force: Top-k by accuracy with k = 2" in out
    assert "top-k             0.292   0.250  m3, m4" in out
    assert out.count("best model") == out.count("random (mean)") == 1
    _, out, err = run(capsys, "compare", *weak, *methods, "--format", "json")
    rows = json.loads(out)
    assert [row["method"] for row in rows] == ["performance", "random", "brute-force"]
    assert rows[2]["accuracy"] == pytest.approx(0.2917, abs=1e-4)
    assert all(isinstance(row["warnings"], list) for row in rows)
    assert "warning: No pair of models has chemistry" in err


def test_profiles_warn(capsys, tmp_path, weak):
    """The floor, scales and left-out rows are told of below the profiles, and in JSON."""
    path = tmp_path / "shares.csv"
    rows = pd.read_csv(weak[0]).assign(quality=0.9, strategy="RANDOM")
    rows.loc[0, "strategy"] = "CHEMISTRY"
    rows.to_csv(path, index=False)
    words = [path, "--aggregate", "mean", "--usage-threshold", "0.38"]
    _, out, err = run(capsys, "profiles", *words)
    assert "warning: No quality is above 1" in out
    assert "warning: 1 row of strategy 'CHEMISTRY' is left out" in out
    assert "lifts 1 model above the usage threshold 0.38 (m4: 0.3333 → 0.4)" in out
    assert err == ""
    _, out, err = run(capsys, "profiles", *words, "--format", "json")
    data = json.loads(out)
    assert len(data["warnings"]) == 4
    assert data["saturation"]["warnings"] == data["warnings"]
    assert err.count("chemopt: warning: ") == 4
    _, out, err = run(capsys, "profiles", weak[0], "--aggregate", "mean", "--accuracy-floor", "0",
                      "--usage-threshold", "0")  # fmt: skip
    assert "Not saturated" in out
    assert "warning" not in out + err

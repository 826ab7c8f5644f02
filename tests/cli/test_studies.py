"""The commands review, validate-theory and ablate: formats, round trip, bad input."""

import io
import json

import pandas as pd
import pytest

from chemopt import load_history
from chemopt.cli.main import main
from chemopt.history.generate import generate_history
from chemopt.history.review.history import history_from_reviews
from chemopt.history.review.quality import peer_review_quality
from chemopt.studies.theory.validate import validate_theory

SCORES = "item,reviewer,author,score\n" + "".join(
    f"q{item},{reviewer},{author},{score}\n"
    for item in (1, 2, 3)
    for reviewer in "xyz"
    for author, score in (("x", 9 - item), ("y", 6), ("z", 3 + (reviewer == "y")))
    if reviewer != author
)
ANSWERS = "item,model,correct,task,latency\n" + "".join(
    f"q{item},{model},{int(model != 'z')},sum numbers,2.5\n"
    for item in (1, 2, 3)
    for model in "xyz"
)


def run(capsys, *words):
    """Run the command line; return exit code, stdout and stderr."""
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with scores, answers and a history, which is the working directory."""
    (tmp_path / "scores.csv").write_text(SCORES)
    (tmp_path / "answers.csv").write_text(ANSWERS)
    (tmp_path / "bad.csv").write_text(SCORES + "q1,w,x,11\n")
    (tmp_path / "twice.csv").write_text(SCORES + "q3,x,y,6\n")
    (tmp_path / "marks.csv").write_text(SCORES.replace("score", "mark"))
    (tmp_path / "stranger.csv").write_text(ANSWERS + "q9,x,1,sum numbers,1\n")
    generate_history(models=4, trials=20, seed=1).to_csv(tmp_path / "history.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_review_to_recommend(capsys, folder):
    """scores.csv → history.csv → an ensemble."""
    code, out, err = run(
        capsys, "review", "scores.csv", "--answers", "answers.csv", "-o", "made.csv"
    )
    assert (code, out, err) == (0, "", "")
    assert load_history("made.csv").models == ("x", "y", "z")
    expected = history_from_reviews("scores.csv", "answers.csv")
    assert (folder / "made.csv").read_text() == expected.to_csv(index=False)
    code, out, _ = run(capsys, "recommend", "made.csv", "--aggregate", "mean", "--format", "json")
    assert code == 0
    assert json.loads(out)["models"]


def test_review_shows_estimates(capsys, folder):
    """Answers, reviewers and items are the frames of Python, in each format."""
    review = peer_review_quality("scores.csv", confidence=0.9, exclude_self=False, floor=0.01)
    for shown in ("answers", "reviewers", "items"):
        words = ["review", "scores.csv", "--show", shown, "--include-self", "--floor", "0.01"]
        code, out, _ = run(capsys, *words, *(["--confidence", "0.9"] if shown == "answers" else []))
        assert code == 0
        frame = pd.read_csv(io.StringIO(out), keep_default_na=False, na_values=[""])
        expected = getattr(review, shown)
        assert list(frame.columns) == list(expected.columns)
        assert len(frame) == len(expected)
        _, out, _ = run(capsys, *words, "--format", "json")
        assert len(json.loads(out)) == len(expected)
        _, out, _ = run(capsys, *words, "--format", "table")
        assert len(out.splitlines()) == len(expected) + 1


def test_review_says_what_to_beware_of(capsys, folder):
    """Inconclusive reviews are noted on stderr, and the history is written."""
    (folder / "one.csv").write_text("reviewer,author,score\nx,y,7\nx,z,3\n")
    code, out, err = run(capsys, "review", "one.csv", "--task", "poem")
    assert code == 0
    assert len(out.splitlines()) == 3
    assert "reviews are inconclusive for 2 of 2 answers" in err
    _, _, err = run(capsys, "review", "one.csv", "--show", "answers")
    assert "variances are not identifiable" in err


def test_validate_theory(capsys, monkeypatch):
    """Options arrive; text, CSV and JSON have every statement."""
    expected, asked = validate_theory(pools=10, models=4, seed=1), []

    def once(progress, **options):
        asked.append(options)
        return expected

    monkeypatch.setattr("chemopt.cli.commands.validate_theory.validate_theory", once)
    words = ["validate-theory", "--pools", "10", "--models", "4", "--seed", "1"]
    code, text, _ = run(capsys, *words)
    assert code == 0
    _, out, _ = run(capsys, *words, "--format", "json")
    data = json.loads(out)
    assert len(data["statements"]) == len(expected.statements)
    assert len(data["trend"]) == len(expected.trend)
    for row in data["statements"]:
        assert f"{row['verdict']}: {row['statement']}" in text
    _, out, _ = run(capsys, *words, "--format", "csv", "--weights", "uniform")
    assert len(pd.read_csv(io.StringIO(out))) == len(expected.statements)
    common = {"pools": 10, "models": 4, "seed": 1}
    assert asked == [common, common, {**common, "weights": "uniform"}]


def test_ablate(capsys, folder, instances):
    """Histories and instances side by side, in each format."""
    words = ["ablate", "history.csv", str(instances / "four_models.json"), "--beta", "0.1"]
    code, out, err = run(capsys, *words, "--format", "csv")
    assert code == 0
    frame = pd.read_csv(io.StringIO(out), keep_default_na=False)
    assert set(frame["pool"]) == {"history.csv", "four models"}
    assert "no rows on weights" in err
    _, out, _ = run(capsys, *words, "--format", "json")
    assert len(json.loads(out)) == len(frame)
    _, out, _ = run(capsys, *words)
    assert len(out.splitlines()) == len(frame) + 1
    assert "%" in out


@pytest.mark.slow
def test_ablate_published(capsys, shared):
    """--data takes the three published histories."""
    folder = shared / "data" / "llm-chemistry"
    code, out, _ = run(capsys, "ablate", "--data", folder, "--format", "csv")
    assert code == 0
    assert set(pd.read_csv(io.StringIO(out))["pool"]) == {"liar", "quixbugs", "clinical"}


BAD_WORDS = {
    "score": (["review", "bad.csv"], "bad.csv: row 19, column score: '11' is not a number in [0, 10]"),
    "twice": (["review", "twice.csv"], "twice.csv: row 19 is for the same item 'q3', reviewer 'x', author 'y' as row"),
    "column": (["review", "marks.csv"], "marks.csv: missing column score; found: item, reviewer, author, mark"),
    "missing": (["review", "none.csv"], "none.csv: no such file"),
    "kind": (["review", "scores.ods"], "scores.ods: unknown kind of file"),
    "no scores": (["review"], "required: SCORES"),
    "stranger": (["review", "scores.csv", "--answers", "stranger.csv"], "stranger.csv: row 10: nobody gave a score to the answer of 'x' to item 'q9'"),
    "no answers": (["review", "scores.csv", "--answers", "none.csv"], "none.csv: no such file"),
    "floor": (["review", "scores.csv", "--floor", "0"], "floor must be a number in [1e-09, 100]"),
    "confidence": (["review", "scores.csv", "--show", "answers", "--confidence", "1"], "confidence must be a number in"),
    "useless confidence": (["review", "scores.csv", "--confidence", "0.9"], "--confidence applies to --show answers"),
    "useless answers": (["review", "scores.csv", "--show", "items", "--answers", "answers.csv"], "--answers applies to --show history"),
    "task": (["review", "scores.csv", "--task", " "], "task must be a text"),
    "pools": (["validate-theory", "--pools", "3"], "pools must be a whole number ≥ 10"),
    "models": (["validate-theory", "--models", "2"], "models must be a whole number from 3 to 100"),
    "weights": (["validate-theory", "--weights", "linear"], "argument --weights: invalid choice"),
    "nothing": (["ablate"], "give histories or instances"),
    "no folder": (["ablate", "--data", "nowhere"], "nowhere: runs.csv, runs2.csv, runs3.csv not there"),
    "no input": (["ablate", "none.csv"], "none.csv: no such file"),
    "limit": (["ablate", "history.csv", "--time-limit", "-1"], "time_limit must be a number > 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_WORDS)
def test_bad_usage(capsys, folder, case):
    """Exit code 2, one line on stderr, and nothing written."""
    words, message = BAD_WORDS[case]
    before = sorted(folder.iterdir())
    code, out, err = run(capsys, *words, "-o", "out.txt")
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1, err
    assert message in err
    assert sorted(folder.iterdir()) == before

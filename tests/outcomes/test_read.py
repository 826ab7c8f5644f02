"""Outcomes are read from long and wide tables of any kind of file, or an error says what is wrong."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, load_outcomes
from chemopt.outcomes.read import holds_outcomes

LONG = "model,item,correct\nbea,q1,1\nada,q1,0\nada,q2,1\nbea,q2,1\n"
SCORES = [[0.0, 1.0], [1.0, 1.0]]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("o.csv", LONG.encode()),
        ("o.csv", LONG.replace("\n", "\r\n").encode()),
        ("o.csv", LONG.replace(",", ";").encode()),
        ("o.csv", LONG.replace(",", "\t").encode()),
        ("o.csv", LONG.replace(",", "|").encode()),
        ("o.tsv", LONG.replace(",", "\t").encode()),
        ("o.csv", LONG.encode("utf-8-sig")),
        ("o.csv", LONG.encode("utf-16")),
        ("o.csv.gz", gzip.compress(LONG.encode(), mtime=0)),
        ("o.tsv.gz", gzip.compress(LONG.replace(",", "\t").encode(), mtime=0)),
        ("o.csv", ("\n\n" + LONG + "\n\n").encode()),
        ("o.csv", b"item,bea,ada\nq2,1,1\nq1,1,0\n"),
        ("o.csv", b"bea,ada\n1,0\n1,1\n"),
        ("o.csv", LONG.replace(",1\n", ",true\n").replace(",0\n", ",False\n").encode()),
    ],
)
def test_text_files(tmp_path, name, content):
    """Delimiters, byte order marks, line ends and compression do not matter."""
    path = tmp_path / name
    path.write_bytes(content)
    outcomes = load_outcomes(path)
    assert outcomes.models == ("ada", "bea")
    assert outcomes.scores.tolist() == SCORES
    assert outcomes.binary
    assert outcomes.warnings == ()
    assert holds_outcomes(path)


def test_other_files(tmp_path):
    """JSON Lines, Parquet and Excel hold the same."""
    frame = pd.read_csv(write(tmp_path / "o.csv", LONG))
    frame.to_parquet(tmp_path / "o.parquet")
    frame.set_index(["model", "item"]).to_parquet(tmp_path / "indexed.parquet")
    frame.pivot(index="item", columns="model", values="correct").to_parquet(tmp_path / "w.parquet")
    frame.to_excel(tmp_path / "o.xlsx", index=False)
    lines = "\n".join(json.dumps(row) for row in frame.to_dict("records"))
    write(tmp_path / "o.jsonl", lines)
    for name in ("o.parquet", "indexed.parquet", "w.parquet", "o.xlsx", "o.jsonl"):
        outcomes = load_outcomes(tmp_path / name)
        assert outcomes.scores.tolist() == SCORES, name
        assert outcomes.models == ("ada", "bea")
        assert holds_outcomes(tmp_path / name)


def test_columns_are_mapped():
    """Other names are mapped, and a column of that name that means something else is passed over."""
    frame = pd.DataFrame(
        {"name": ["b", "a"], "q": [1, 1], "is_right": [1, 0], "pred": ["x", "y"], "answer": "x"}
    )
    columns = {"model": "name", "item": "q", "correct": "is_right", "answer": "pred"}
    outcomes = load_outcomes(frame, columns=columns)
    assert outcomes.models == ("a", "b")
    assert outcomes.scores.tolist() == [[0, 1]]
    assert outcomes.answers is not None
    assert len(set(outcomes.answers[0])) == 2


def test_reference_answers_are_no_answers():
    """A column of right answers is recognised and not used for votes; answers given are kept."""
    frame = pd.DataFrame(
        {
            "model": ["a", "b"] * 2,
            "item": [1, 1, 2, 2],
            "correct": [1, 0, 1, 1],
            "answer": list("xxyy"),
        }
    )
    outcomes = load_outcomes(frame)
    assert outcomes.answers is None
    assert "looks like the right answer" in outcomes.warnings[0]
    assert load_outcomes(frame.assign(answer=list("xzyy"))).warnings == ()


def test_scores_tasks_cost_and_latency():
    """Marks between 0 and 1, tasks, costs and latencies are kept, by item and model."""
    frame = pd.DataFrame(
        {
            "model": ["a", "b", "a", "b"], "task": ["t", "t", "s", "s"], "item": [1, 1, 1, 1],
            "score": [0.5, 1, 0, 0.25], "cost": [1, 2, 3, 4], "latency": [0.1, 0.2, 0.3, 0.4],
        }
    )  # fmt: skip
    outcomes = load_outcomes(frame)
    assert outcomes.tasks == ("s", "t")
    assert outcomes.scores.tolist() == [[0, 0.25], [0.5, 1]]
    assert not outcomes.binary
    assert outcomes.cost is not None
    assert outcomes.cost.tolist() == [[3, 4], [1, 2]]
    assert outcomes.attributes()["latency"].tolist() == pytest.approx([0.2, 0.3])
    assert len(outcomes.take_task("s")) == len(load_outcomes(frame, task="s")) == 1
    assert outcomes.coverage(["a", "b"]) == pytest.approx(0.625)


GAPS = pd.DataFrame(
    {"model": ["a", "a", "a", "b", "b"], "item": [1, 2, 3, 1, 2], "correct": [1, 0, 1, 1, 1]}
)


def test_missing_outcomes():
    """Each rule does what it says, and what it did is reported."""
    dropped = load_outcomes(GAPS)
    assert dropped.scores.tolist() == [[1, 1], [0, 1]]
    assert "1 of 3 items were left out" in dropped.warnings[0]
    assert "'b'" in dropped.warnings[0]
    wrong = load_outcomes(GAPS.assign(cost=1.0), missing="wrong")
    assert wrong.scores.tolist() == [[1, 1], [0, 1], [1, 0]]
    assert wrong.cost is not None
    assert wrong.cost[2].tolist() == [1, 0]
    assert "1 outcome (17 % of all) missing, which count as wrong" in wrong.warnings[0]
    kept = load_outcomes(GAPS, missing="keep")
    assert np.isnan(kept.scores[2, 1])
    with pytest.raises(InputError, match="that of 'b' on the item '3'"):
        load_outcomes(GAPS, missing="raise")
    few = load_outcomes(GAPS, min_answered=0.9)
    assert few.models == ("a",)
    assert "1 of 2 models were left out" in few.warnings[0]
    assert load_outcomes(GAPS, models=["a"]).warnings == ()


@pytest.mark.parametrize("missing", ["keep", "drop-items", "wrong"])
def test_items_and_models_without_any_outcome(missing):
    """They are what is yet to be asked, and so kept with 'keep' only; their costs may be blank."""
    frame = pd.DataFrame(
        {"model": ["a", "b", "a", "c"], "item": ["1", "1", "2", "1"],
         "correct": [1, 0, None, None], "cost": [1.0, 2.0, None, None], "answer": list("xy") + [None] * 2}
    )  # fmt: skip
    outcomes = load_outcomes(frame, missing=missing)
    kept = missing == "keep"
    assert outcomes.models == (("a", "b", "c") if kept else ("a", "b"))
    assert list(outcomes.items) == (["1", "2"] if kept else ["1"])
    assert outcomes.answers is not None
    with pytest.raises(InputError, match="row 3, column cost: -1.0 is not a cost of at least 0"):
        load_outcomes(frame.assign(cost=[1, 2, -1, None]), missing=missing)


@given(st.permutations(range(12)))
def test_order_does_not_matter(order):
    """Rows in any order give the same outcomes."""
    frame = pd.DataFrame(
        {"model": list("abcd") * 3, "item": sorted([1, 2, 10] * 4), "correct": [0, 1, 1, 0] * 3,
         "answer": list("xyxyzzuuvvwx")}
    )  # fmt: skip
    one, other = load_outcomes(frame), load_outcomes(frame.iloc[list(order)])
    assert (one.scores == other.scores).all()
    assert one.items.equals(other.items)
    assert one.answers is not None
    assert other.answers is not None
    same = one.answers[:, :, None] == one.answers[:, None, :]
    assert (same == (other.answers[:, :, None] == other.answers[:, None, :])).all()


def long(**changes):
    frame = pd.DataFrame({"model": ["a", "b"], "item": ["q", "q"], "correct": [1, 0]})
    return frame.assign(**changes)


BAD = {
    "kind": ([1], {}, "needs a path or a DataFrame, not a list"),
    "no rows": (pd.DataFrame({"model": [], "item": [], "correct": []}), {}, "no rows"),
    "no correct": (long().drop(columns="correct"), {}, "missing column 'correct'"),
    "no item": (long().drop(columns="item"), {}, "missing column 'item'"),
    "no model": (long().drop(columns="model"), {}, "missing column 'model'"),
    "nameless model": (long(model=["a", " "]), {}, "row 2 has no model"),
    "nameless item": (long(item=["q", None]), {}, "row 2 has no item"),
    "nameless task": (long(task=["", "t"]), {}, "row 1 has no task"),
    "percent": (long(correct=[1, 85]), {}, "row 2, column correct: 85 is not 0, 1 or a mark between; percent"),
    "negative": (long(correct=[1, -1]), {}, "-1 is not 0, 1"),
    "word": (long(correct=["1", "maybe"]), {}, "'maybe' is not 0, 1"),
    "infinite": (long(correct=[1, np.inf]), {}, "inf is not 0, 1"),
    "decimal comma": (long(correct=["0,5", "1"]), {}, "'0,5' is not 0, 1 or a mark between; a decimal comma"),
    "cost": (long(cost=[1, -2]), {}, "row 2, column cost: -2 is not a cost of at least 0"),
    "blank cost": (long(cost=["1", ""]), {}, "row 2, column cost: '' is not a cost"),
    "comma cost": (long(cost=["1", "0,2"]), {}, "'0,2' is not a cost of at least 0; a decimal comma"),
    "latency": (long(latency=["1", "fast"]), {}, "column latency: 'fast' is not a latency"),
    "list": (long(item=[["q"], ["q"]]), {}, "row 1, column item: .'q'. is not a single value"),
    "percent sign": (long(correct=["80%", "1"]), {}, "'80%' is not 0, 1 or a mark between; percent"),
    "NA": (long(correct=["NA", "1"]), {}, "leave the cell blank"),
    "index": (pd.DataFrame({"Unnamed: 0": [1, 2], "a": [0, 1]}), {}, "column 1 has no name; call it 'item'"),
    "twice": (long(model="a"), {}, "'a' has two outcomes of the item 'q', in rows 1 and 2: correct 1 and 0; is a column 'task'"),
    "twice wide": (pd.DataFrame({"item": [1, 1], "a": [0, 1]}), {}, "the item '1' is there twice"),
    "no answer": (long(correct=[None, None]), {}, "no answer of a model to keep"),
    "nothing in common": (pd.DataFrame({"a": [1, None], "b": [None, 1]}), {}, "no item was answered by all 2 models"),
    "missing": (GAPS, {"missing": "zero"}, "missing must be one of drop-items, wrong, raise, keep"),
    "min_answered": (GAPS, {"min_answered": 2}, r"min_answered must be a number in \[0, 1\]"),
    "columns kind": (GAPS, {"columns": "model=name"}, "columns must be a mapping"),
    "columns word": (GAPS, {"columns": {"modell": "m"}}, "unknown column 'modell'; is 'model' meant"),
    "columns name": (GAPS, {"columns": {"model": "name"}}, "no column 'name' for 'model'; there are model, item"),
    "columns type": (GAPS, {"columns": {"model": 3}}, "the name of 'model' must be a text"),
    "no task": (GAPS, {"task": "x"}, "there is no column task"),
    "other task": (long(task="t"), {"task": "x"}, "there is no task 'x'; there are t"),
    "task kind": (long(task="t"), {"task": 3}, "task must be a text"),
    "models": (GAPS, {"models": ["c"]}, "unknown model 'c'; there are a, b"),
    "models text": (GAPS, {"models": "a"}, "models must be a collection of names"),
    "no models": (GAPS, {"models": []}, "no model is left"),
    "only items": (pd.DataFrame({"item": [1, 2]}), {}, "no column of a model"),
    "two columns": (pd.DataFrame([[1, 0]], columns=["a", "a"]), {}, "'a' occurs 2 times"),
    "blank names": (pd.DataFrame([[1, 0]], columns=["a", " a"]), {}, "needs a name of its own"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_outcomes(case):
    """Each error names what is wrong and where."""
    data, options, message = BAD[case]
    with pytest.raises(InputError, match=message):
        load_outcomes(data, **options)


BAD_FILES = {
    "missing": ("none.csv", None, "none.csv: no such file"),
    "kind": ("o.ods", b"", "o.ods: unknown kind of file"),
    "empty": ("o.csv", b"\n", "o.csv: the file is empty"),
    "bytes": ("o.csv", b"model,item,correct\na,q,1\n\xff,q,1\n", "line 3: byte 0xff is not UTF-8"),
    "gzip": ("o.csv.gz", b"model", "cannot be read"),
    "json": ("o.jsonl", b'{"model": "a"}\n{"model"', "line 2: not JSON"),
    "json list": ("o.jsonl", b"[1]\n", "line 1: not an object"),
    "parquet": ("o.parquet", b"PAR1", "not a Parquet file"),
    "excel": ("o.xlsx", b"nothing", "not an Excel file"),
    "ragged": ("o.csv", b"model,item,correct\na,q,1,2\n", "more fields than the header"),
    "names": ("o.csv", b"model,item,model\na,q,1\n", "'model' occurs 2 times"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(tmp_path, case):
    """Errors of files name the file."""
    name, content, message = BAD_FILES[case]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_outcomes(path)


def test_history_for_the_chemistry_route():
    """Items become trials, scores accuracies and qualities; gaps are no rows."""
    history = load_outcomes(GAPS.assign(cost=2.0), missing="keep").to_history()
    assert history.models == ("a", "b")
    assert len(history.frame) == 5
    assert history.frame["quality"].tolist() == [10, 10, 0, 10, 10]
    assert history.frame["cost"].tolist() == [2.0] * 5
    assert len(history.groups) == 1


def test_nested_answers_and_mapped_wide_tables(tmp_path):
    """Answers may be lists; items of a wide table may have another name, in any kind of file."""
    frame = long(answer=[["x"], ["y"]])
    outcomes = load_outcomes(frame)
    assert outcomes.answers is not None
    assert len(set(outcomes.answers[0])) == 2
    wide = pd.DataFrame({"id": ["q1", "q2"], " b": [1, 0], "a": [0, 1]})
    wide.to_parquet(tmp_path / "w.parquet")
    for data in (wide, tmp_path / "w.parquet"):
        loaded = load_outcomes(data, columns={"item": "id"})
        assert loaded.models == ("a", "b")
        assert loaded.scores.tolist() == [[0, 1], [1, 0]]

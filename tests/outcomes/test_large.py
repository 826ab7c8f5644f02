"""Outcomes in many files, in memory and in passes."""

import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, write_parts

from chemopt import load_outcomes
from chemopt.errors import InputError
from chemopt.outcomes.generate import generate_outcomes

pytest.importorskip("duckdb")  # it needs Python 3.11

BOTH = pytest.mark.parametrize("streaming", [False, True])
_MODELS = ("a", " b", "c'", '"d"', "模型", "e, f")
GOOD = pd.DataFrame({
    "model": ["a", "b", "a", "b"], "item": ["p", "p", "q", "q"], "correct": [1, 0, 0, 1]
})  # fmt: skip


@st.composite
def tables(draw):
    """Draw a long table in several files, with or without tasks, costs, gaps and marks."""
    models = _MODELS[: draw(st.integers(1, 6))]
    items = [f"q{k}" for k in range(draw(st.integers(1, 8)))]
    marks = draw(st.sampled_from([[0, 1], [0, 0.25, 1 / 3, 1]]))
    pairs = [(m, i) for m in models for i in items if draw(st.integers(0, 9))]
    pairs = draw(st.permutations(pairs or [(models[0], items[0])]))
    frame = pd.DataFrame(pairs, columns=["model", "item"])
    frame["correct"] = [draw(st.sampled_from(marks)) for _ in pairs]
    if draw(st.booleans()):
        frame["task"] = [f"task {int(item[1:]) % 2}" for item in frame["item"]]
    if draw(st.booleans()):
        frame["cost"] = [draw(st.floats(0, 5)) for _ in pairs]
    cuts = sorted(draw(st.lists(st.integers(0, len(frame)), max_size=3)))
    kinds = [draw(st.sampled_from(["csv", "parquet", "category"])) for _ in range(len(cuts) + 1)]
    return frame, list(zip([0, *cuts], [*cuts, len(frame)], kinds, strict=True))


@pytest.mark.slow
@examples(40)
@given(tables(), st.sampled_from(["keep", "wrong", "drop-items"]), st.booleans())
def test_passes_read_what_memory_reads(drawn, missing, of_task):
    """Models, items, scores and costs are the same."""
    frame, parts = drawn
    task = "task 0" if of_task and "task" in frame and "task 0" in set(frame["task"]) else None
    with tempfile.TemporaryDirectory() as folder:
        write_parts(folder, frame, parts)
        try:
            memory = load_outcomes(folder, missing=missing, task=task, streaming=False)
        except InputError as error:
            message = str(error)
            with pytest.raises(InputError, match="no item was answered") as raised:
                load_outcomes(folder, missing=missing, task=task, streaming=True)
            assert str(raised.value) == message
            return
        passes = load_outcomes(folder, missing=missing, task=task, streaming=True)
        assert passes.models == memory.models
        assert passes.items.equals(memory.items)
        assert passes.warnings == memory.warnings
        np.testing.assert_array_equal(passes.scores, memory.scores)
        assert (passes.cost is None) == (memory.cost is None)
        if memory.cost is not None:
            np.testing.assert_array_equal(passes.cost, memory.cost)


BAD = {
    "mark": ({"correct": [1, 0, 3, 1]}, r"row 3.*column correct: .?3(\.0)?.? is not 0, 1 or a mark"),
    "no item": ({"item": ["p", None, "q", "q"]}, r"row 2.* has no item"),
    "no model": ({"model": ["a", "b", "a", " "]}, r"row 4.* has no model"),
    "cost": ({"cost": [0.5, -1.0, 1.0, 1.0]}, r"row 2.*column cost: .*-1.0.* is not a cost of"),
    "twice": (
        {"model": ["a", "a", "a", "b"]}, r"'a' has two outcomes of the item 'p', in .*rows? 1.*b\."
    ),
    "column": ({"correct": None}, "missing column 'correct'"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("case", BAD)
def test_errors_name_file_and_row(tmp_path, case, kind, streaming):
    """An error says where."""
    columns, message = BAD[case]
    bad = GOOD.assign(**columns).dropna(axis=1, how="all")
    good = generate_outcomes(models=2, items=3)[["model", "item", "correct"]]
    if case == "column":
        good = bad
    elif "cost" in columns:
        good = good.assign(cost=1.0)
    write_parts(tmp_path, good, [(0, 6, "parquet")])
    suffix = ".csv" if kind == "csv" else ".parquet"
    path = tmp_path / f"b{suffix}"
    bad.to_csv(path, index=False) if kind == "csv" else bad.to_parquet(path)
    with pytest.raises(InputError, match=message) as error:
        load_outcomes(tmp_path, streaming=streaming)
    if case != "column":
        assert f"b{suffix}" in str(error.value)


@BOTH
@pytest.mark.parametrize(
    ("column", "message"), [("task", "has no task"), ("cost", "column cost: .* is not a cost of")]
)
def test_what_some_files_lack_is_named(tmp_path, column, message, streaming):
    """All files have a task, or none; and so with costs."""
    write_parts(tmp_path, GOOD.assign(**{column: 1.0}), [(0, 2, "parquet")])
    GOOD.iloc[2:].to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(InputError, match=message) as error:
        load_outcomes(tmp_path, streaming=streaming)
    assert "row 1" in str(error.value)
    assert "x.csv" in str(error.value)


@BOTH
def test_repeated_rows_count_once(tmp_path, streaming):
    """Rows that are exactly as another are left out, in another file as well."""
    write_parts(tmp_path, pd.concat([GOOD, GOOD.iloc[:2]]), [(0, 4, "parquet"), (4, 6, "parquet")])
    outcomes = load_outcomes(tmp_path, streaming=streaming)
    assert outcomes.scores.tolist() == [[1, 0], [0, 1]]
    assert outcomes.warnings[0].startswith("2 rows are left out, which are exactly as another")


@BOTH
def test_names_are_mapped(tmp_path, streaming):
    """`columns` means what it means for a file."""
    theirs = GOOD.rename(columns={"model": "name", "correct": "ok"}).assign(ok=[True, False] * 2)
    write_parts(tmp_path, theirs, [(0, 2, "parquet"), (2, 4, "csv")])
    outcomes = load_outcomes(
        tmp_path, columns={"model": "name", "correct": "ok"}, streaming=streaming
    )
    assert outcomes.scores.tolist() == [[1, 0], [1, 0]]


def test_wide_tables_need_items(tmp_path):
    """Rows without a name cannot be told from those of another file."""
    pd.DataFrame({"a": [1, 0], "b": [0, 1]}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(InputError, match=r"x\.csv: a wide table in several files needs a column"):
        load_outcomes(tmp_path)
    pd.DataFrame({"item": ["p", "q"], "a": [1, 0], "b": [0, 1]}).to_csv(
        tmp_path / "x.csv", index=False
    )
    assert load_outcomes(tmp_path).models == ("a", "b")

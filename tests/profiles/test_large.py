"""Profiles learned in passes are those learned in memory."""

import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import write_parts

from chemopt import learn_profiles, load_history
from chemopt.history.large import files
from chemopt.problem.attributes import history_attributes
from chemopt.profiles import large
from chemopt.profiles.aggregates import AGGREGATES
from chemopt.profiles.profiles import learn_all_profiles

pytest.importorskip("duckdb")  # it needs Python 3.11

# Quotation marks, white space, signs of spreadsheets and terminals, other scripts.
_NAMES = ("a", "b'", 'c"', "d, e", " f ", "=g()", "模型", "\u001b[1mh", "i\nj", "k;", "İ", "NULL")
_TASKS = ("add numbers", "translate text", "it's “quoted”", "翻訳 する")
_NUMBERS = st.one_of(st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.7, 1.0]), st.floats(0, 1))


@st.composite
def histories(draw):
    """Draw rows, and the files they are in: of which kind, and how many rows."""
    n = draw(st.integers(1, 60))
    frame = pd.DataFrame({
        "trial": [f"t{draw(st.integers(0, 8))}" for _ in range(n)],
        "model": [draw(st.sampled_from(_NAMES)) for _ in range(n)],
        "task": [draw(st.sampled_from(_TASKS[: draw(st.integers(1, 4))])) for _ in range(n)],
        "quality": [10 * draw(_NUMBERS) for _ in range(n)],
        "accuracy": [draw(_NUMBERS) for _ in range(n)],
        "latency": [draw(st.sampled_from([None, 0.5, 3e5, 2.25])) for _ in range(n)],
    })  # fmt: skip
    frame["latency"] = frame["latency"].astype(float)
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=4)))
    kinds = [
        draw(st.sampled_from(["csv", "csv.gz", "parquet", "category", "text"]))
        for _ in range(len(cuts) + 1)
    ]
    return frame, list(zip([0, *cuts], [*cuts, n], kinds, strict=True))


def same(memory, passes):
    """Assert that profiles are equal within the tolerance, and what is no sum to the last digit."""
    pd.testing.assert_frame_equal(memory.frame, passes.frame, rtol=1e-12, atol=1e-12)
    if memory.aggregate in ("best", "median"):
        exact = ["quality", "accuracy", "count", "trial"]
        pd.testing.assert_frame_equal(memory.frame[exact], passes.frame[exact], check_exact=True)
    assert memory.subsets == passes.subsets
    assert memory.warnings == passes.warnings
    assert (memory.unfloored is None) == (passes.unfloored is None)
    if memory.unfloored is not None:
        pd.testing.assert_series_equal(memory.unfloored, passes.unfloored, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(histories(), st.sampled_from(AGGREGATES), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_passes_learn_what_memory_learns(drawn, aggregate, floor):
    """All aggregates, tasks and kinds of files; names with odd characters; empty parts."""
    frame, parts = drawn
    options = {"aggregate": aggregate, "accuracy_floor": floor}
    with tempfile.TemporaryDirectory() as folder:
        write_parts(folder, frame, parts)
        memory, passes = (load_history(folder, streaming=s) for s in (False, True))
        assert (memory.models, memory.groups) == (passes.models, passes.groups)
        together = learn_all_profiles(passes, **options)
        for group in memory.groups:
            learned = learn_profiles(memory, group, **options)
            repeats = [w for w in learned.warnings if "repeat" not in w]  # not looked for
            object.__setattr__(learned, "warnings", tuple(repeats))
            same(learned, learn_profiles(passes, group, **options))
            same(learned, together[group])
            pd.testing.assert_frame_equal(
                history_attributes(memory, group), history_attributes(passes, group), rtol=1e-12,
                check_column_type=False,
            )  # fmt: skip
        passes.engine.close()


def large_frame(rows=5000, models=70):
    """Return rows with ties, of more models than a word has bits and more rows than are kept."""
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "trial": [f"t{k}" for k in rng.integers(0, 400, rows)],
        "model": [f"m{k:02}" for k in rng.integers(0, models, rows) ** 2 % models],
        "task": rng.choice(["sum", "product of numbers"], rows),
        "quality": rng.uniform(0, 10, rows),
        "accuracy": np.where(rng.random(rows) < 0.4, rng.choice([0.0, 0.05, 1.0], rows),
                             rng.random(rows)),
    })  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("aggregate", AGGREGATES)
@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_many_rows(tmp_path, aggregate, floor, monkeypatch):
    """More rows than the best keeps, more models than bits, few intervals for the median."""
    monkeypatch.setattr(large, "_KEPT_ROWS", 60)
    frame = large_frame()
    write_parts(
        tmp_path, frame, [(0, 2000, "parquet"), (2000, 2300, "csv"), (2300, 5000, "parquet")]
    )
    memory, passes = (load_history(tmp_path, streaming=s) for s in (False, True))
    for group in memory.groups:
        options = {"aggregate": aggregate, "accuracy_floor": floor}
        same(learn_profiles(memory, group, **options), learn_profiles(passes, group, **options))


@pytest.mark.parametrize("scale", [1, 1e-30])
@pytest.mark.parametrize("aggregate", ["mean", "shrunk"])
def test_sums_are_within_the_tolerance_in_any_order(tmp_path, aggregate, scale):
    """Whatever the order of rows and the number of threads, also of tiny values."""
    frame = large_frame(2000, models=5).assign(accuracy=lambda f: scale * f["accuracy"])
    options = {"aggregate": aggregate, "accuracy_floor": 0}
    wanted = learn_profiles(load_history(frame), "sum", **options).frame
    for seed in (1, 2):
        shuffled = frame.sample(frac=1, random_state=seed)
        write_parts(tmp_path, shuffled, [(0, 999, "parquet"), (999, 2000, "csv")])
        passes = load_history(tmp_path, streaming=True)
        passes.engine.rows(f"SET threads = {seed}")
        found = learn_profiles(passes, "sum", **options).frame
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-12 * scale)


def test_subsets_are_cut_and_it_is_said(tmp_path, monkeypatch):
    """Those first in the history are kept."""
    monkeypatch.setattr(large, "MOST_SUBSETS", 5)
    write_parts(tmp_path, large_frame(), [(0, 5000, "parquet")])
    memory, passes = (load_history(tmp_path, streaming=s) for s in (False, True))
    whole = learn_profiles(memory, "sum", aggregate="mean").subsets
    cut = learn_profiles(passes, "sum", aggregate="mean")
    assert cut.subsets == whole[:5]
    assert "More than 5 different sets of models" in cut.warnings[-1]


def test_files_are_read_in_pieces(tmp_path, monkeypatch):
    """Rows of a file that is rewritten keep their numbers."""
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 100)
    frame = large_frame(950)
    write_parts(tmp_path, frame, [(0, 950, "text")])
    passes = load_history(tmp_path, streaming=True)
    assert passes.engine.rows("SELECT max(position) FROM history") == [(950,)]
    pd.testing.assert_series_equal(passes.frame["quality"].reset_index(drop=True), frame["quality"])

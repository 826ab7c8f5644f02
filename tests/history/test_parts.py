"""Histories in many files: which files, their rows and their errors, in memory and in passes."""

import gzip
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

from chemopt import load_history
from chemopt.errors import HistoryError
from chemopt.history import table_files
from chemopt.history.generate import generate_history
from chemopt.history.large import files
from chemopt.history.large import history as large_history
from chemopt.history.large.engine import Engine
from chemopt.history.parts import find_parts, is_large, names_parts

BOTH = pytest.mark.parametrize("streaming", [False, True])
GOOD = pd.DataFrame({
    "trial": [f"t{k}" for k in range(6)], "model": ["a", "b"] * 3, "task": "sum",
    "quality": [7.0, 8.0, 9.0, 4.0, 5.0, 6.0], "accuracy": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
})  # fmt: skip


def folder_of(tmp_path, **frames):
    """Write each frame to a file of its name."""
    for name, frame in frames.items():
        stem, _, suffix = name.rpartition("_")
        path = tmp_path / f"{stem}.{suffix}"
        if suffix == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False)
    return tmp_path


def test_parts_are_the_tables_by_path(tmp_path):
    """Hidden files, files of other kinds and empty ones are no parts; the order is that of paths."""
    for name in ("b.csv", "a.parquet", "sub/c.csv.gz", ".d.csv", "_SUCCESS", "notes.md", "e.csv",
                 ".hidden/f.csv", "_metadata.parquet"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("" if name == "e.csv" else "x")
    assert [str(p.relative_to(tmp_path)) for p in find_parts(tmp_path)] == [
        "a.parquet", "b.csv", "sub/c.csv.gz"
    ]  # fmt: skip
    assert find_parts(f"{tmp_path}/*.csv") == [tmp_path / "b.csv"]
    assert names_parts(f"{tmp_path}/*.csv")
    assert not names_parts(tmp_path / "b.csv")
    with pytest.raises(HistoryError, match=r"notes\.md: unknown kind of file, which .*/n\* match"):
        find_parts(f"{tmp_path}/n*")
    with pytest.raises(HistoryError, match="there is no table in it"):
        find_parts(f"{tmp_path}/*.tsv")


def test_a_file_with_the_signs_of_a_pattern_is_a_file(tmp_path):
    """What exists is not taken for a pattern, in a folder neither."""
    GOOD.to_parquet(tmp_path / "runs[1].parquet")
    (tmp_path / "folder*").mkdir()
    GOOD.to_parquet(tmp_path / "folder*" / "part?.parquet")
    assert load_history(tmp_path / "runs[1].parquet").count_rows() == 6
    found = load_history(tmp_path / "folder*", streaming=True)
    assert (found.count_rows(), found.models) == (6, ("a", "b"))


def test_size_decides(tmp_path, monkeypatch):
    """Small folders are read into memory, large ones in passes; compressed text counts more."""
    folder_of(tmp_path, a_parquet=GOOD)
    assert type(load_history(tmp_path)).__name__ == "History"
    monkeypatch.setattr("chemopt.history.parts._MOST_BYTES_IN_MEMORY", 10)
    assert type(load_history(tmp_path)).__name__ == "LargeHistory"
    (tmp_path / "b.csv.gz").write_bytes(b"xx")
    assert is_large([tmp_path / "b.csv.gz"])


def test_without_duckdb_it_is_said_what_to_install(tmp_path, monkeypatch):
    """A small folder needs no engine, a large one says how to get it."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    folder_of(tmp_path, a_parquet=GOOD, b_csv=GOOD)
    assert load_history(tmp_path).count_rows() == 12
    with pytest.raises(HistoryError, match=r"pip install 'chemopt\[large\]'"):
        load_history(tmp_path, streaming=True)


BAD = {
    "quality": ({"quality": [7.0, 8.0, 9.0, 11.0, 5.0, 6.0]}, "row 4, column quality: 11.0"),
    "nan": ({"accuracy": [0.1, np.nan, 0.2, 0.3, 0.4, 0.5]}, "row 2, column accuracy: nan"),
    "infinite": ({"accuracy": [0.1, 0.2, np.inf, 0.3, 0.4, 0.5]}, "row 3, column accuracy: inf"),
    "text": ({"quality": ["1", "2", "3", "4", "five", "6"]}, "row 5, column quality: 'five'"),
    "no model": ({"model": ["a", "", "b", "a", "b", "a"]}, "row 2, column model: ''"),
    "blank trial": ({"trial": ["t", "\u2003", "t", "t", "t", "t"]}, "row 2, column trial"),
    "null task": ({"task": ["t", "t", "t", None, "t", "t"]}, "row 4, column task"),
    "latency": ({"latency": [1.0, 2.0, -1.0, 3.0, np.nan, 5.0]}, "row 3, column latency: -1.0"),
    "percent": ({"accuracy": [50.0, 60, 70, 80, 90, 100]}, "row 1, .*percent: divide by 100; 5 rows"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("case", BAD)
def test_errors_name_file_and_row(tmp_path, case, kind, streaming):
    """The first bad row of the first bad file is told, the same in memory and in passes."""
    columns, message = BAD[case]
    if kind == "csv":
        message = message.split(": nan")[0].replace(": 11.0", ": '11.0'").replace(
            ": inf", ": 'inf'").replace(": -1.0", ": '-1.0'")  # fmt: skip
    folder_of(tmp_path, a_parquet=GOOD, **{f"b_{kind}": GOOD.assign(**columns), "c_csv": GOOD})
    with pytest.raises(HistoryError, match=rf"/b\.{kind}: {message}"):
        load_history(tmp_path, streaming=streaming)


@BOTH
def test_invalid_rows_are_dropped_with_file_and_row(tmp_path, streaming):
    """`dropped` tells the file, too."""
    bad = GOOD.assign(quality=[7.0, 8.0, 9.0, 11.0, 5.0, 6.0])
    folder_of(tmp_path, a_parquet=GOOD, b_parquet=bad, c_csv=bad)
    history = load_history(tmp_path, on_invalid="drop", streaming=streaming)
    assert history.count_rows() == 16
    assert history.dropped["row"].tolist() == [4, 4]
    assert [name[-4:] for name in history.dropped["file"]] == ["quet", ".csv"]


@BOTH
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("b.csv", b"trial,model\nt,a\n", r"b\.csv: missing columns task, quality, accuracy"),
        ("b.csv", b"trial,model,model\nt,a,b\n", r"b\.csv: the column 'model' occurs 2 times"),
        (
            "b.csv",
            b"trial,model,task,quality,accuracy\nt,a,\xff,1,1\n",
            r"b\.csv: line 2: byte 0xff",
        ),
        (
            "b.csv",
            b"trial,model,task,quality,accuracy\nt,a,s,1,1\nt,a,s,1,1,7\n",
            r"b\.csv: not a well",
        ),
        ("b.parquet", b"PAR1xxxx", r"b\.parquet: not a Parquet file"),
        ("b.csv.gz", gzip.compress(b"trial,model", mtime=0)[:-4], r"b\.csv\.gz: damaged gzip file"),
        ("b.csv.gz", b"no gzip", r"b\.csv\.gz: cannot be read"),
    ],
    ids=["columns", "column twice", "not UTF-8", "too many fields", "Parquet", "cut", "no gzip"],
)
def test_damaged_files_are_named(tmp_path, name, content, message, streaming, monkeypatch):
    """A file that cannot be read is told by its own name, in the pieces of a large one as well."""
    folder_of(tmp_path, a_parquet=GOOD)
    (tmp_path / name).write_bytes(content)
    for small in (1 << 24, 0):
        monkeypatch.setattr(table_files, "_SMALL_TEXT", small)
        with pytest.raises(HistoryError, match=message):
            load_history(tmp_path, streaming=streaming)


@BOTH
def test_nothing_left(tmp_path, streaming):
    """Headers alone are no history."""
    folder_of(tmp_path, a_parquet=GOOD.iloc[:0], b_csv=GOOD.iloc[:0])
    with pytest.raises(HistoryError, match="no row is left"):
        load_history(tmp_path, streaming=streaming)


@BOTH
def test_schemas_may_differ(tmp_path, streaming):
    """Order and types of columns, other columns, and categories or whole numbers as names."""
    parts = {
        "a_parquet": GOOD,
        "b_parquet": GOOD[["accuracy", "quality", "task", "model", "trial"]].assign(
            quality=[7, 8, 9, 4, 5, 6], extra="x"
        ),
        "c_parquet": GOOD.astype({"model": "category", "quality": "float32"}),
        "d_parquet": GOOD.assign(trial=range(6), accuracy=1),
        "e_parquet": GOOD.assign(quality=[str(q) for q in GOOD["quality"]]),
        "f_parquet": GOOD.drop(columns="accuracy").assign(
            generation_accuracy=0.8, review_accuracy=0.3
        ),
        "g_parquet": GOOD.iloc[:0],
        "h_csv": GOOD,
        "i_parquet": GOOD.assign(strategy=["CHEMISTRY", "RANDOM", None] * 2),
        "j_parquet": GOOD.set_index("model"),
        "k_parquet": GOOD.assign(latency=[1.5, None, 2.5, 0.0, None, 3.0]),
    }
    history = load_history(folder_of(tmp_path, **parts), streaming=streaming)
    frame = history.frame
    assert history.count_rows() == len(frame) == 58
    assert frame["quality"].iloc[:42].tolist() == GOOD["quality"].tolist() * 7
    assert frame["accuracy"].iloc[30:36].tolist() == [0.75 * 0.8 + 0.25 * 0.3] * 6
    assert frame["trial"].iloc[18:24].tolist() == list("012345")
    assert "2 rows of strategy 'CHEMISTRY' are left out" in " ".join(history.warnings)


def test_text_in_pieces_is_text_as_a_whole(tmp_path, monkeypatch):
    """Quoted line ends, a byte order mark, blank lines and another delimiter survive the pieces."""
    monkeypatch.setattr(table_files, "_SMALL_TEXT", 0)
    monkeypatch.setattr(table_files, "_HEAD", 40)
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 2)
    odd = GOOD.assign(model=['q"u', "new\nline", "semi;colon", "comma,", "ünï", "a'b"])
    (tmp_path / "a.csv").write_bytes(
        b"\xef\xbb\xbf\n\n" + odd.to_csv(index=False, sep=";").encode()
    )
    (tmp_path / "b.csv").write_text(
        GOOD.to_csv(index=False).replace("t3", "\n\n,,,,\nt3"), encoding="utf-16"
    )
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(odd.to_csv(index=False).encode()))
    passes = load_history(tmp_path, streaming=True)
    memory = load_history(tmp_path, streaming=False)
    pd.testing.assert_frame_equal(passes.frame, memory.frame, check_dtype=False)
    assert passes.models == memory.models
    last = GOOD.assign(quality=[1, 2, 3, 4, 5, 77]).to_csv(index=False)
    (tmp_path / "d.csv").write_text(last.replace("t1", "\nt1"))
    for streaming in (True, False):
        with pytest.raises(HistoryError, match=r"d\.csv: row 7, column quality: '77'"):
            load_history(tmp_path, streaming=streaming)


def test_groups_are_found_as_in_memory(tmp_path):
    """Tasks by name, part of a name, or not at all, with the same messages."""
    frame = generate_history(models=4, trials=20, tasks=3, seed=2)
    folder_of(tmp_path, a_parquet=frame.iloc[:90], b_csv=frame.iloc[90:])
    memory, passes = (load_history(tmp_path, streaming=s) for s in (False, True))
    assert passes.groups == memory.groups
    for task in ("invoice", memory.groups[1], None, "zzz"):
        answers = []
        for history in (memory, passes):
            try:
                answers.append(history.find_group(task))
            except HistoryError as error:
                answers.append(str(error))
        assert answers[0] == answers[1]
    pd.testing.assert_frame_equal(
        passes.take_task("invoice").frame,
        memory.take_task("invoice").frame[passes.frame.columns].reset_index(drop=True)
        .set_axis(passes.take_task("invoice").frame.index),
        check_dtype=False,
    )  # fmt: skip
    assert "LargeHistory" in repr(passes)


def test_too_many_rows_for_memory_are_refused(tmp_path, monkeypatch):
    """What needs all rows says so."""
    monkeypatch.setattr(large_history, "MOST_ROWS_IN_MEMORY", 5)
    history = load_history(folder_of(tmp_path, a_parquet=GOOD), streaming=True)
    with pytest.raises(HistoryError, match="the history has 6 rows, too many to hold in memory"):
        _ = history.frame


def test_the_engine_is_interrupted_and_leaves_nothing(tmp_path):
    """Ctrl-C stops a pass; the temporary folder goes with the engine."""
    reports = []

    def report(done, total):
        reports.append((done, total))
        if done < total:
            raise KeyboardInterrupt

    engine = Engine("x", report)
    folder = engine.folder
    began = time.monotonic()
    timer = threading.Timer(60, engine._connection.interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        engine.rows("SELECT sum(a.range * b.range % 7) FROM range(1000000) a, range(1000000) b")
    timer.cancel()
    assert time.monotonic() - began < 60
    assert folder.is_dir()
    assert engine.rows("SELECT 1") == [(1,)]
    engine.close()
    assert not folder.exists()
    assert reports[-1] == (100, 100)

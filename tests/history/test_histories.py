"""Reading and validating histories."""

import gzip
import logging

import numpy as np
import pandas as pd
import pytest

from chemopt import load_history
from chemopt.errors import HistoryError
from chemopt.history.histories import describe_dropped


def rows(**columns) -> pd.DataFrame:
    """Two valid rows, with columns replaced."""
    base = {
        "trial": ["t1", "t1"],
        "model": ["a", "b"],
        "task": ["sum", "sum"],
        "quality": [7.5, 9.0],
        "accuracy": [0.6, 0.8],
    }
    base.update(columns)
    return pd.DataFrame({k: v for k, v in base.items() if v is not None})


def written(tmp_path, text, name="history.csv"):
    """Write text to a file and return its path."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_frame_is_not_changed():
    """The caller's DataFrame stays as it was."""
    frame = rows()
    before = frame.copy(deep=True)
    load_history(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_csv_gz_and_parquet_give_what_csv_gives(tmp_path):
    """The kind of file does not matter."""
    frame = rows(task=["two\nlines, and a comma", 'a "quote"'])
    text = frame.to_csv(index=False)
    plain = load_history(written(tmp_path, text)).frame
    packed = load_history(written(tmp_path, gzip.compress(text.encode()), "h.csv.gz")).frame
    frame.to_parquet(tmp_path / "h.parquet")
    columnar = load_history(tmp_path / "h.parquet").frame
    from_frame = load_history(frame).frame
    for other in (packed, columnar, from_frame):
        pd.testing.assert_frame_equal(plain, other, check_dtype=False)


def test_byte_order_mark_is_no_part_of_a_name(tmp_path):
    """A file saved by a spreadsheet program reads like any other."""
    path = written(tmp_path, b"\xef\xbb\xbf" + rows().to_csv(index=False).encode())
    assert load_history(path).models == ("a", "b")


def test_blank_lines_count_for_row_numbers_only(tmp_path):
    """A blank line has a number and is no row."""
    lines = rows().to_csv(index=False).splitlines()
    inner = ["", lines[0], "", lines[1], "  ", ",,,,", lines[2], ""]
    path = written(tmp_path, "\n".join(inner) + "\n")
    assert list(load_history(path).frame.index) == [2, 5]


def test_a_named_index_is_a_column(tmp_path):
    """A frame or a Parquet file with the model as its index is read as if it were a column."""
    frame = rows().set_index("model")
    frame.to_parquet(tmp_path / "h.parquet")
    assert load_history(frame).models == load_history(tmp_path / "h.parquet").models


def test_columns_of_the_file_are_kept():
    """A column named like one of ours is not lost."""
    history = load_history(rows(group=["x", "y"]))
    assert history.frame["group"].to_list() == ["x", "y"]


def test_rows_that_do_not_count_are_not_judged():
    """An error in a row of a dropped strategy is ignored."""
    frame = rows(quality=["99", "5"], strategy=["CHEMISTRY", "RANDOM"])
    assert load_history(frame).models == ("b",)
    with pytest.raises(HistoryError, match="row 1"):
        load_history(frame, drop_strategies=())


@pytest.mark.parametrize("value", [10**400, pd.Timestamp("2025-01-01"), [1], None])
def test_odd_values_are_faults(value):
    """Values that are no numbers, however odd, are named like any other."""
    with pytest.raises(HistoryError, match="row 1, column quality"):
        load_history(rows(quality=pd.Series([value, value], dtype=object)))


def test_rows_are_numbered_from_the_first_after_the_header():
    """The index of the frame is the row's number in the file."""
    history = load_history(rows(strategy=["CHEMISTRY", "RANDOM"]))
    assert list(history.frame.index) == [2]


@pytest.mark.parametrize(("ground_truth", "expected"), [(True, 0.8), (False, 0.4)])
def test_compound_accuracy(ground_truth, expected):
    """Without the column accuracy, 0.75 or 0.25 weighs the generation accuracy."""
    frame = rows(accuracy=None, generation_accuracy=[1.0, 1.0], review_accuracy=[0.2, 0.2])
    history = load_history(frame, ground_truth=ground_truth)
    assert history.frame["accuracy"].to_list() == pytest.approx([expected, expected])


def test_given_accuracy_wins_over_its_components():
    """An accuracy that is there is not computed anew."""
    frame = rows(generation_accuracy=[1.0, 1.0], review_accuracy=[0.2, 0.2])
    assert load_history(frame).frame["accuracy"].to_list() == [0.6, 0.8]


def test_strategies_that_are_dropped():
    """By default the rows that evaluate recommendations are left out; () keeps them."""
    frame = rows(strategy=["CHEMISTRY", "RANDOM"])
    assert load_history(frame).models == ("b",)
    assert load_history(frame, drop_strategies=()).models == ("a", "b")
    assert load_history(frame, drop_strategies=("RANDOM",)).models == ("a",)


def test_blank_latency_and_components_are_allowed(tmp_path):
    """Optional numbers may be blank."""
    frame = rows(latency=[1.5, np.nan], review_accuracy=[np.nan, 0.5])
    for data in (frame, written(tmp_path, frame.to_csv(index=False))):
        assert load_history(data).frame["latency"].isna().to_list() == [False, True]


def test_outcomes_as_booleans_are_numbers():
    """Accuracies of True and False count as 1 and 0."""
    assert load_history(rows(accuracy=[True, False])).frame["accuracy"].to_list() == [1.0, 0.0]


def test_drop_reports_how_many_and_why(caplog):
    """Invalid rows are left out, listed and counted by reason."""
    frame = pd.concat([rows(), rows(quality=["11", "x"]), rows(model=["c", " "])])
    with caplog.at_level(logging.WARNING, logger="chemopt"):
        history = load_history(frame, on_invalid="drop")
    assert history.models == ("a", "b", "c")
    assert history.dropped["row"].to_list() == [3, 4, 6]
    expected = (
        "3 rows: quality is not a number in [0, 10] (2); model is empty; a name is needed (1)"
    )
    assert describe_dropped(history.dropped) == expected
    assert expected in caplog.text


def test_an_error_counts_the_other_rows():
    """The first error is given in full, the others are counted."""
    message = r"row 1, column quality: '-1' is not a number in \[0, 10\]; 1 row more is invalid"
    with pytest.raises(HistoryError, match=message):
        load_history(rows(quality=["-1", "nan"]))


def test_task_groups():
    """Near-duplicates of a task are one group, named by any of its texts or a part."""
    history = load_history(
        rows(task=["fix the bug in this short program", "summarise the clinical note"])
    )
    assert len(history.groups) == 2
    assert history.find_group("CLINICAL") == "summarise the clinical note"
    with pytest.raises(HistoryError, match="there are 2 task groups"):
        history.find_group()
    with pytest.raises(HistoryError, match="no task group fits 'poem'"):
        history.find_group("poem")
    with pytest.raises(HistoryError, match="2 task groups fit 'the'"):
        history.find_group("the")


def test_published_histories_load(shared):
    """The three published files load whole, multi-line texts included."""
    expected = {"runs.csv": 6625, "runs2.csv": 5746, "runs3.csv": 7063}
    for name, count in expected.items():
        history = load_history(shared / "data" / "llm-chemistry" / name)
        assert len(history.frame) == count
        assert len(history.models) == 12
        assert len(history.groups) == 1

"""Attributes of models: from CSV files, DataFrames, mappings and histories."""

import pandas as pd
import pytest

from chemopt import InputError, load_history, read_attributes
from chemopt.problem.attributes import (
    attributes_to_dict,
    checked_attributes,
    for_pool,
    history_attributes,
)


def test_cells_stay_texts(tmp_path):
    """A file is read as it is; blanks are missing."""
    path = tmp_path / "models.csv"
    path.write_text("model,price,provider\nada,0.50,\nbea,2,acme\n", encoding="utf-8-sig")
    frame = read_attributes(path)
    assert frame.loc["ada", "price"] == "0.50"
    assert pd.isna(frame.loc["ada", "provider"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no such file"),
        ("", "not a CSV table: No columns"),
        ("name,price\na,1\n", "the column 'model' is missing; there are name, price"),
        ("model,price\n,1\n", "row 1 names no model"),
        ("model,price\na,1\na,2\n", "the model 'a' is given twice"),
        ("model,price,price\na,1,2\n", "the attribute 'price' is given twice"),
        ("model,price\na,1,2,3\n", "not a CSV table: Length of header"),
        (b"model\n\xff\n", "not UTF-8"),
    ],
)
def test_bad_files(tmp_path, text, message):
    """One line that names the file."""
    path = tmp_path / "models.csv"
    if isinstance(text, str):
        path.write_text(text, encoding="utf-8")
    elif text is not None:
        path.write_bytes(text)
    with pytest.raises(InputError, match=message) as error:
        read_attributes(path)
    assert str(path) in str(error.value)


def test_a_frame_or_a_mapping():
    """Models by index, by a column, or as keys; other models are passed over."""
    by_index = pd.DataFrame({"price": [1.0, 2.0]}, index=["b", "a"])
    by_column = pd.DataFrame({"model": ["b", "a"], "price": [1.0, 2.0]})
    by_key = {"b": {"price": 1.0}, "a": {"price": 2.0}}
    for given in (by_index, by_column, by_key):
        pool = for_pool(checked_attributes(given), ["a", "c"])
        assert pool.index.tolist() == ["a", "c"]
        assert pool.loc["a", "price"] == 2.0
        assert attributes_to_dict(pool) == {"a": {"price": 2.0}, "c": {}}


def test_a_history_tells_mean_latency(tmp_path):
    """The mean of the rows on the task; rows without a latency do not count."""
    frame = pd.DataFrame(
        {
            "trial": ["t1", "t1", "t2", "t3"],
            "model": ["a", "b", "a", "a"],
            "task": ["sum", "sum", "sum", "something else"],
            "quality": 5.0,
            "accuracy": 0.5,
            "latency": [1.0, None, 2.0, 90.0],
        }
    )
    found = history_attributes(load_history(frame), "sum")
    assert found.loc["a", "latency"] == 1.5
    assert pd.isna(found.loc["b", "latency"])
    assert history_attributes(load_history(frame.drop(columns="latency")), "sum").empty


def test_attributes_of_other_models(problem):
    """A file that names none of the pool is a mistake, not a file without values."""
    with pytest.raises(InputError, match="none of the pool's models has any; they are of x"):
        problem.with_options(attributes={"x": {"price": 1}})

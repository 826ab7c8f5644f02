"""Rows that are there twice, and prices as mappings."""

import pandas as pd
import pytest

from chemopt import InputError, load_history, load_outcomes
from chemopt.history.generate import generate_history
from chemopt.outcomes.prices import read_prices
from chemopt.selection.plan.next_evaluations import next_evaluations

LONG = pd.DataFrame({
    "model": ["a", "a", "b", "b"], "item": ["p", "q", "p", "q"], "correct": [1, 0, 0, 1],
})  # fmt: skip
WIDE = pd.DataFrame({"item": ["p", "q"], "a": [1, 0], "b": [0, 1]})


@pytest.mark.parametrize("frame", [LONG, WIDE], ids=["long", "wide"])
def test_exact_repetitions_count_once(frame):
    """They are left out, and a warning names one."""
    twice = pd.concat([frame, frame.iloc[[0, 1]]])
    found, expected = load_outcomes(twice), load_outcomes(frame)
    assert found.to_frame().equals(expected.to_frame())
    (told,) = found.warnings
    assert told.startswith("2 rows are left out, which are exactly as another (row ")


def test_contradictions_are_named():
    """Both rows, the column, and its two values."""
    contrary = pd.concat([LONG, LONG.iloc[[0]].assign(correct=0), LONG.iloc[[1]]])
    message = "'a' has two outcomes of the item 'p', in rows 1 and 5: correct 1 and 0"
    with pytest.raises(InputError, match=message):
        load_outcomes(contrary)
    costly = LONG.assign(cost=1.0)
    with pytest.raises(InputError, match=r"cost 1.0 and 2.0"):
        load_outcomes(pd.concat([costly, costly.iloc[[0]].assign(cost=2.0)]))
    with pytest.raises(InputError, match="'p' is there twice, in rows 1 and 3, and they differ"):
        load_outcomes(pd.concat([WIDE, WIDE.iloc[[0]].assign(a=0)]))


def test_repeated_rows_of_a_history_are_reported():
    """They may be answers that happen to agree, so they count; a warning says so."""
    history = generate_history(models=3, trials=10)
    assert load_history(history).warnings == ()
    twice = pd.concat([history, history.iloc[[4]]], ignore_index=True)
    (told,) = load_history(twice).warnings
    assert told.startswith("1 row repeats an earlier row in every column (row 31 is row 5 again)")
    differing = twice.assign(quality=twice["quality"].where(twice.index < 30, 1.0))
    assert load_history(differing).warnings == ()


def test_decimal_commas_of_a_history():
    """A hint, as for outcomes."""
    history = generate_history(models=3, trials=5).astype({"accuracy": object})
    history.loc[0, "accuracy"] = "0,5"
    with pytest.raises(InputError, match="a decimal comma"):
        load_history(history)


def test_prices_by_model():
    """A mapping for tokens, and a Series for calls."""
    given = {"ada": {"input": 0.5, "output": 2}, "bea": {"input": 1, "output": 4}}
    assert read_prices(given).loc["bea"].to_dict() == {"input": 1.0, "output": 4.0}
    for bad, message in (
        ({"ada": 3}, "that of 'ada' must be a mapping"),
        ({"ada": {"input": 1}}, "missing column 'output'"),
        ({"ada": {"input": -1, "output": 1}}, "a price of at least 0"),
        (3, "a path, a DataFrame or a mapping"),
    ):
        with pytest.raises(InputError, match=message):
            read_prices(bad)
    outcomes = load_outcomes(pd.concat([LONG, LONG.iloc[:1].assign(model="c")]), missing="keep")
    prices = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0})
    by_series = next_evaluations(outcomes, max_cost=5, prices=prices)
    by_mapping = next_evaluations(outcomes, max_cost=5, prices=prices.to_dict())
    assert by_series.calls.equals(by_mapping.calls)
    with pytest.raises(InputError, match="'a' is given twice"):
        next_evaluations(outcomes, max_cost=5, prices=pd.concat([prices, prices]))

"""Costs from tokens and prices, or an error that says what is not known."""

import pandas as pd
import pytest
from conftest import ROOT

from chemopt import InputError, load_outcomes
from chemopt.outcomes.prices import cost_of_tokens, read_prices

PRICES = pd.DataFrame({"model": ["ada", "bea"], "input": [1.0, 3.0], "output": [2.0, 9.0]})
ANSWERS = pd.DataFrame(
    {
        "model": ["ada", "bea", "ada", "bea"],
        "item": ["q1", "q1", "q2", "q2"],
        "correct": [1, 0, 0, 1],
        "input_tokens": [100, 100, 200, 400],
        "output_tokens": [10, 20, 30, 40],
    }
)


def test_costs_by_hand(tmp_path):
    """Tokens times prices per million, from a file as from a DataFrame."""
    outcomes = load_outcomes(ANSWERS, prices=PRICES)
    assert outcomes.cost is not None
    assert outcomes.cost.tolist() == [
        pytest.approx([120e-6, 480e-6]),
        pytest.approx([260e-6, 1560e-6]),
    ]
    path = tmp_path / "prices.csv"
    PRICES.to_csv(path, index=False)
    assert (load_outcomes(ANSWERS, prices=path).cost == outcomes.cost).all()
    assert (load_outcomes(ANSWERS, prices=PRICES.set_index("model")).cost == outcomes.cost).all()
    assert load_outcomes(ANSWERS).cost is None
    # prices replace costs that are there
    assert (load_outcomes(ANSWERS.assign(cost=1.0), prices=PRICES).cost == outcomes.cost).all()


def test_mapped_columns():
    """Columns of tokens with other names are mapped."""
    other = ANSWERS.rename(columns={"input_tokens": "in", "output_tokens": "out"})
    columns = {"input_tokens": "in", "output_tokens": "out"}
    outcomes = load_outcomes(other, columns=columns, prices=PRICES)
    assert (outcomes.cost == load_outcomes(ANSWERS, prices=PRICES).cost).all()


def test_unknown_tokens():
    """The mean of a model's other answers stands for tokens that are not known."""
    gap = ANSWERS.assign(input_tokens=[100, 100, None, 400])
    outcomes = load_outcomes(gap, prices=PRICES)
    assert outcomes.cost is not None
    assert outcomes.cost[1, 0] == pytest.approx(160e-6)
    assert "The tokens of 1 answer are not known" in outcomes.warnings[0]


def test_dates():
    """The latest price counts, or that of a day."""
    later = pd.concat(
        [PRICES.assign(date="2024-01-01"), PRICES.assign(input=0.5, date="2024-06-01")]
    )
    assert read_prices(later)["input"].tolist() == [0.5, 0.5]
    assert read_prices(later, date="2024-05-31").loc["bea", "input"] == 3.0
    assert read_prices(later, date="2024-06-01").loc["bea", "input"] == 0.5


DATED = PRICES.assign(date=["2024-01-01", "2024-03-01"])
BAD = {
    "kind": (lambda: read_prices(3), "needs a path, a DataFrame or a mapping, not an int"),
    "column": (lambda: read_prices(PRICES.drop(columns="input")), "missing column 'input'"),
    "nameless": (lambda: read_prices(PRICES.assign(model=["ada", " "])), "row 2 names no model"),
    "negative": (lambda: read_prices(PRICES.assign(output=[1, -1])), "row 2, column output: -1 is not a price"),
    "blank": (lambda: read_prices(PRICES.assign(output=["1", ""])), "row 2, column output: '' is not a price"),
    "twice": (lambda: read_prices(PRICES.assign(model="ada")), "'ada' has two prices"),
    "twice a day": (lambda: read_prices(DATED.assign(model="ada", date="2024-01-01")), "two prices of one day"),
    "no day": (lambda: read_prices(DATED.assign(date=["soon", "2024-01-01"])), "row 1, column date: 'soon' is not a date"),
    "asked day": (lambda: read_prices(DATED, date="May"), "date: row 1, column date: 'May' is not a date"),
    "early day": (lambda: read_prices(DATED, date="2024-02-01"), "no price of bea on 2024-02-01 or before"),
    "no dates": (lambda: read_prices(PRICES, date="2024-02-01"), "no column date"),
    "no tokens": (lambda: load_outcomes(ANSWERS.drop(columns="output_tokens"), prices=PRICES), "no column 'output_tokens', so costs"),
    "unpriced": (lambda: load_outcomes(ANSWERS, prices=PRICES[:1]), "no price of bea; there are prices of ada"),
    "never known": (lambda: load_outcomes(ANSWERS.assign(input_tokens=[1, None, 1, None]), prices=PRICES), "the cost of 'bea' is not known: none of its answers has input_tokens"),
    "bad tokens": (lambda: load_outcomes(ANSWERS.assign(input_tokens=["1", "2", "many", "4"]), prices=PRICES), "row 3, column input_tokens: 'many' is not a number of tokens"),
    "wide": (lambda: load_outcomes(pd.DataFrame({"a": [1], "b": [0]}), prices=PRICES), "prices need a long table"),
    "file": (lambda: read_prices("none.csv"), "none.csv: no such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_prices(case):
    """Each error names what is wrong and where."""
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()


def test_costs_of_a_log():
    """Tokens of a log become costs."""
    folder = ROOT / "tests" / "outcomes" / "fixtures" / "inspect" / "json"
    prices = PRICES.assign(model=["mockllm/ada", "mockllm/bea"])
    outcomes = load_outcomes(folder, prices=prices)
    assert outcomes.cost is not None
    assert outcomes.attributes()["cost"].to_dict() == pytest.approx(
        {"mockllm/ada": (11 * 1 + 4 * 2) / 1e6, "mockllm/bea": (11 * 3 + 4 * 9) / 1e6}
    )
    cost, _ = cost_of_tokens(ANSWERS, read_prices(PRICES))
    assert len(cost) == 4

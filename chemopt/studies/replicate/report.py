"""Tables of a report: figures next to the published ones, or under each correction."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from chemopt.studies.replicate.bootstrap import Unit

TITLES = {
    "rq1": "RQ1: effectiveness of recommended ensembles and of the best baseline",
    "rq2": "RQ2: r of average chemistry with complementarity",
    "rq3": "RQ3: r of average chemistry with complementarity and with effectiveness",
}
_DIGITS = {"configurations": 0, "gain %": 2}
RULE = """\
A claim of a positive figure holds when its interval is above 0, and does not hold when the interval
is below 0.1 (r) or not above 0 (gain); of a negative one, the other way round. The claim that there
is none (|r| published below 0.1, gain published as 0) holds when the interval is within ±0.1 (r) or
±0.01 (gain), and does not when it is outside of that. A correlation that a table of ones, with
chemistry 1 for every pair, gives as well says nothing about chemistry: where the interval of the
difference contains 0, and otherwise, the verdict is inconclusive."""
SURVIVAL = "Which claims survive: hold under the reference and under all corrections"
UNITS_TEXT: dict[Unit, str] = {"trial": "trials", "batch": "batches of trials"}
_CLAIM = ["dataset", "size", "figure", "claim"]


def comparison(figures: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the figures next to the published ones."""
    shown = [
        {
            **{name: row[name] for name in ("dataset", "size", "figure")},
            "published": _number(row["published"], row["figure"]),
            "recomputed": _value(row, more=1),
            "difference": _number(row["difference"], row["figure"], more=1, sign="+"),
            "interval": _interval(row),
            "with ones": _number(row["ones"], row["figure"]),
            "claim": row["claim"],
            "verdict": _verdict(row),
        }
        for row in _rows(figures)
    ]
    return pd.DataFrame(shown)


def corrections(figures: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the figures with a claim under each correction."""
    shown = [
        {
            **{name: row[name] for name in (*_CLAIM, "setting")},
            "value": _value(row),
            "interval": _interval(row),
            "with ones": _number(row["ones"], row["figure"]),
            "verdict": _verdict(row),
        }
        for _, own in figures[figures["verdict"].notna()].groupby(_CLAIM[:3], sort=False)
        for row in _rows(own)
    ]
    return pd.DataFrame(shown)


def _rows(figures: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in figures.to_dict("records")]


def _number(value: float, figure: str, *, more: int = 0, sign: str = "") -> str | None:
    """Write a number to the published digits of its figure, and `more`."""
    if math.isnan(value):
        return None
    digits = _DIGITS.get(figure, 3)
    digits += more if digits else 0
    rounded = round(value, digits) + 0.0  # no negative zero
    return f"{rounded:{sign}.{digits}f}"


def _value(row: dict[str, Any], *, more: int = 0) -> str | None:
    """Write a figure; a correlation with a constant is none."""
    if isinstance(row["reason"], str) and row["reason"].endswith("is constant"):
        return "constant"
    return _number(row["value"], row["figure"], more=more)


def _interval(row: dict[str, Any]) -> str | None:
    if math.isnan(row["low"]):
        return None
    return f"[{_number(row['low'], row['figure'])}, {_number(row['high'], row['figure'])}]"


def _verdict(row: dict[str, Any]) -> str | None:
    if not isinstance(row["verdict"], str):
        return None
    return row["verdict"] + (f" ({row['reason']})" if isinstance(row["reason"], str) else "")

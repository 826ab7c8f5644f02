"""A replication as text: every figure beside the published one, or what each mend does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.frames import frame_text
from chemopt.studies.replicate.bootstrap import LEVEL
from chemopt.studies.replicate.published import SOURCE

if TYPE_CHECKING:
    from chemopt.studies.replicate.replication import Replication

TITLES = {
    "rq1": "RQ1: effectiveness of recommended ensembles and of the best baseline",
    "rq2": "RQ2: r of average chemistry with complementarity",
    "rq3": "RQ3: r of average chemistry with complementarity and with effectiveness",
}
_DIGITS = {"configurations": 0, "gain %": 2}
_RULE = """\
A claim of a positive figure holds when its interval is above 0, and does not hold when the interval
is below 0.1 (r) or not above 0 (gain); of a negative one, the other way round. The claim that there
is none (|r| published below 0.1, gain published as 0) holds when the interval is within ±0.1 (r) or
±0.01 (gain), and does not when it is outside of that. Otherwise it cannot be told."""
_PLURAL = {"trial": "trials", "batch": "batches of trials"}
_CLAIM = ["dataset", "size", "figure", "claim"]


def replication_text(replication: Replication) -> str:
    """Write a replication for a terminal."""
    parts = [f"Data: {SOURCE}", frame_text(replication.files)]
    for experiment, own in replication.figures.groupby("experiment", sort=False):
        parts.append(TITLES[str(experiment)])
        if replication.convention == "reference":
            parts.append(frame_text(_compared(own)))
        else:
            parts.append(frame_text(_mended(own)))
    parts += [
        f"Intervals: {LEVEL:.0%} percentile bootstrap over {_PLURAL[replication.unit]}, "
        f"{replication.resamples} draws, seed {replication.seed}.\n{_RULE}",
    ]
    if replication.convention == "corrected":
        parts += [
            "Which claims survive: holds as in the reference and with everything mended",
            frame_text(replication.survival),
        ]
    parts.append(replication.summary())
    return "\n\n".join(parts)


def _compared(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a comparison with what was published."""
    shown = [
        {
            **{name: row[name] for name in ("dataset", "size", "figure")},
            "published": _number(row["published"], row["figure"]),
            "recomputed": _number(row["value"], row["figure"], more=1),
            "difference": _number(row["difference"], row["figure"], more=1, sign="+"),
            "interval": _interval(row),
            "claim": row["claim"],
            "verdict": _verdict(row),
        }
        for row in _rows(figures)
    ]
    return pd.DataFrame(shown)


def _mended(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of what each mend does to the figures that claim something."""
    shown = [
        {
            **{name: row[name] for name in (*_CLAIM, "setting")},
            "value": _number(row["value"], row["figure"]),
            "interval": _interval(row),
            "verdict": _verdict(row),
        }
        for _, own in figures[figures["verdict"].notna()].groupby(_CLAIM[:3], sort=False)
        for row in _rows(own)
    ]
    return pd.DataFrame(shown)


def _rows(figures: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in figures.to_dict("records")]


def _number(value: float, figure: str, *, more: int = 0, sign: str = "") -> str | None:
    """Write a number to the digits of its figure, and some more."""
    if math.isnan(value):
        return None
    digits = _DIGITS.get(figure, 3)
    digits += more if digits else 0
    rounded = round(value, digits) + 0.0  # no negative zero
    return f"{rounded:{sign}.{digits}f}"


def _interval(row: dict[str, Any]) -> str | None:
    if math.isnan(row["low"]):
        return None
    return f"[{_number(row['low'], row['figure'])}, {_number(row['high'], row['figure'])}]"


def _verdict(row: dict[str, Any]) -> str | None:
    if not isinstance(row["verdict"], str):
        return None
    return row["verdict"] + (f" ({row['reason']})" if isinstance(row["reason"], str) else "")

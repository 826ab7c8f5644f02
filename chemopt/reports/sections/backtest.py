"""What ways of choosing are worth on items that they did not choose from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from chemopt.execution.store import Store
from chemopt.reports.case import Case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import LeftOut, Paragraph, Part, Picture, Section, Table
from chemopt.selection.backtest import COLUMNS, DEFAULT_SELECTORS, KIND, Backtest, backtest

TITLE, WEIGHT = "Backtest", 5.0
_SPLITS = 10
# Constraints that a backtest takes; it has sizes of its own.


def make(case: Case, share: Share) -> Section | LeftOut:
    """Choose from half of the items in several ways, and look at the others."""
    outcomes = case.outcomes
    if outcomes is None:
        return LeftOut(TITLE, "it needs outcomes item by item")
    found, splits = _run(case, share)
    text = f"Time ran out after {splits} of {_SPLITS} splits."
    if found is None:
        return Section("backtest", TITLE, text, (Paragraph(text, "unfinished"),), False)
    summary = found.summary()
    points = summary.assign(
        **{name: 100 * summary[name] for name in ("mean", "train_mean", "difference", "low",
                                                  "high")}
    )  # fmt: skip
    parts: list[Part] = [
        Paragraph(
            f"The items are split in halves at random, {splits} times. Each way of choosing sees "
            "one half, and its ensemble is tried on the other. Intervals are of the difference to "
            "the most accurate models (top-k)."
        )
    ]
    if splits < _SPLITS:
        parts.append(Paragraph(text, "unfinished"))
    parts.append(
        Picture(
            "backtest_curve",
            "Held-out coverage of each way of choosing, with the interval of its difference to "
            "top-k.",
            {"summary": summary, "about": ""},
            Table(
                "Held-out means in %, differences in points", points,
                dict.fromkeys(("mean", "train_mean"), "{:.2f}")
                | dict.fromkeys(("difference", "low", "high"), "{:+.2f}"),
            ),
        )
    )  # fmt: skip
    best = summary.iloc[int(summary["mean"].to_numpy().argmax())]
    headline = f"Held out, {best['selector']} does best, with {100 * best['mean']:.2f} %" + (
        f" ({100 * best['difference']:+.2f} points to top-k, 95 % interval "
        f"{100 * best['low']:+.2f} to {100 * best['high']:+.2f})."
        if best["selector"] != best["versus"]
        else "; no other way of choosing is better."
    )
    return Section("backtest", TITLE, headline, tuple(parts), splits == _SPLITS)


def _run(case: Case, share: Share) -> tuple[Backtest | None, int]:
    """Return the results of all splits that there was time for, at least two, and their number."""
    outcomes = case.outcomes
    assert outcomes is not None, "it was asked before"
    own = case.problem.constraints
    size = own.size or own.max_size
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results"
        try:
            found = backtest(
                outcomes, DEFAULT_SELECTORS, sizes=None if size is None else [size],
                splits=_SPLITS, constraints=own.of_size(None), seed=case.seed, store=store,
                progress=share.tick,
            )  # fmt: skip
        except OutOfTime:
            with Store(store, KIND, write=False) as opened:
                rows = pd.DataFrame(list(opened.records().values()), columns=list(COLUMNS))
            whole = rows.groupby("split")["value"].transform("size") == len(DEFAULT_SELECTORS)
            rows = rows[whole].reset_index(drop=True)
            splits = int(rows["split"].nunique())
            return (Backtest(rows) if splits > 1 else None), splits
    return found, _SPLITS

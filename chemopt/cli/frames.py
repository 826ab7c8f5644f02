"""DataFrames in the forms that `--format` offers."""

from __future__ import annotations

import pandas as pd

from chemopt.frames import frame_records, frame_text, to_json


def formatted(frame: pd.DataFrame, form: str, figures: dict[str, str] | None = None) -> str:
    """Write a DataFrame as a table, as JSON or as CSV; `figures` are for the table.

    Ensembles are lists in JSON, else names with commas between.
    """
    if form == "json":
        return to_json(frame_records(frame))
    shown = frame.copy()
    if "models" in shown:
        shown["models"] = [", ".join(models) for models in frame["models"]]
    return shown.to_csv(index=False) if form == "csv" else frame_text(shown, figures)

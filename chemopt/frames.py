"""Results as text for a terminal, and as strict JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.chemistry.table import ChemistryTable
from chemopt.profiles.profiles import Profiles
from chemopt.profiles.saturation import Saturation


def profiles_text(profiles: Profiles, saturation: Saturation) -> str:
    """Write profiles as a table, with the diagnosis and the number of historical subsets."""
    frame = profiles.to_frame()
    if not frame["trial"].notna().any():
        frame = frame.drop(columns="trial")
    formats = {"quality": "{:.4f}", "accuracy": "{:.6f}", "penalty": "{:.3g}",
               "quality_se": "{:.2g}", "accuracy_se": "{:.2g}"}  # fmt: skip
    return "\n".join(
        [
            f"task: {profiles.task}",
            f"aggregate: {profiles.aggregate}, accuracy floor {profiles.accuracy_floor:g}",
            "",
            frame_text(frame, formats),
            "",
            f"{len(profiles.subsets)} historical subsets",
            saturation.message,
        ]
    )


def table_text(table: ChemistryTable) -> str:
    """Write a chemistry table as a matrix; columns are numbered as the rows are."""
    numbers = [str(k) for k in range(1, len(table) + 1)]
    frame = pd.DataFrame(table.matrix, columns=numbers).map("{:.4f}".format)
    for k in range(len(numbers)):
        frame.iloc[k, k] = "·"
    frame.insert(0, "model", [f"{n} {m}" for n, m in zip(numbers, table.models, strict=True)])
    settings = ", ".join(f"{key} {value}" for key, value in table.settings.items())
    return f"{frame_text(frame)}\n\n{settings}" if settings else frame_text(frame)


def mig_text(mig: ModelInteractionGraph) -> str:
    """Write the size of a model interaction graph, and its nodes by number of models."""
    by_size = mig.to_frame().groupby("size")["cost"].agg(["size", "min", "max"]).iloc[::-1]
    by_size.columns = pd.Index(["nodes", "least cost", "largest cost"])
    frame = by_size.rename_axis("models").reset_index()
    costs = {"least cost": "{:.6g}", "largest cost": "{:.6g}"}
    return f"{len(mig)} nodes cover {2 ** len(mig.models)} subsets\n\n{frame_text(frame, costs)}"


def comparison_text(frame: pd.DataFrame) -> str:
    """Write a comparison as a table."""
    shown = frame.drop(columns=["models", "bound", "message"])
    shown["gap"] = [percent(gap) for gap in frame["gap"]]
    formats = {"alpha": "{:g}", "beta": "{:g}", "loss": "{:.6f}", "optimum": "{:.6f}",
               "jaccard": "{:.2f}", "runtime": "{:.3f} s"}  # fmt: skip
    return frame_text(shown, formats)


def frame_text(frame: pd.DataFrame, formats: dict[str, str] | None = None) -> str:
    """Write a DataFrame with aligned columns, text to the left, missing values as a dash."""
    shown = frame.copy()
    for column, pattern in (formats or {}).items():
        shown[column] = [_formatted(value, pattern.format) for value in frame[column]]
    cells = [[str(name) for name in shown.columns]]
    cells += [[_formatted(value, str) for value in row] for row in shown.itertuples(index=False)]
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def frame_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a DataFrame as plain JSON data."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def to_json(data: Any) -> str:
    """Write JSON without NaN or infinities, which JSON does not have: they become null."""
    return json.dumps(_strict(data), ensure_ascii=False, indent=2, allow_nan=False)


def _strict(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _strict(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_strict(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data


def _formatted(value: Any, form: Callable[[Any], str]) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    # a name with a line break or an escape code must not break the layout
    return "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in form(value))


def percent(gap: float) -> str:
    """Write a gap in percent, a dash where there is none."""
    if math.isnan(gap):
        return "-"
    return "0" if gap == 0 else f"{100 * gap:.3g} %"

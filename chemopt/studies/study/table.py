"""The table of a study, as far as it has come: for reading, and for files."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from chemopt.errors import InputError
from chemopt.execution.store import Record, Store
from chemopt.frames import frame_records, frame_text, to_json
from chemopt.history.files import check_writable, write_file
from chemopt.numerics import SUM_TOLERANCE
from chemopt.studies.study.run import DIED, FAILED, FIGURES, IDENTITY, REFUSED
from chemopt.wording import counted

KIND = "study"
COLUMNS = (*IDENTITY, *FIGURES)
#: Columns that say how a run went, not what came out: these alone depend on the executor.
CIRCUMSTANCES = ("runtime", "loading", "versions", "host", "worker", "attempts", "finished")
EXPORTS = (".csv", ".json", ".parquet")
_NUMBERS = ("alpha", "beta", "loss", "bound", "gap", "runtime", "loading")


@dataclass(frozen=True)
class StudyStatus:
    """How far a study has come.

    Attributes
    ----------
    runs : int
        Of the study.
    statuses : dict
        Number of runs of each status, of those that are done.
    others : int
        Runs in the store that do not belong to the study as it is now.
    """

    runs: int
    statuses: Mapping[str, int]
    others: int

    @property
    def done(self) -> int:
        """Runs that have a row."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Runs that failed or died."""
        return sum(self.statuses.get(status, 0) for status in (FAILED, DIED))

    def __str__(self) -> str:
        """Return a line for reading."""
        text = f"{self.done} of {counted(self.runs, 'run')} done"
        if self.statuses:
            text += f" ({', '.join(f'{count} {name}' for name, count in self.statuses.items())})"
        if self.others:
            text += f"; {counted(self.others, 'other run')} in the store"
        return text


def read_table(store: str | Path) -> pd.DataFrame:
    """Return the runs of a store that are done, in the order of the study; also while it runs.

    Raises
    ------
    InputError
        There is no store of a study.
    """
    with Store(store, KIND, write=False) as opened:
        return table_of(opened.plan(), opened.records())


def read_status(store: str | Path) -> StudyStatus:
    """Say how far the study of a store has come; also while it runs.

    Raises
    ------
    InputError
        There is no store of a study.
    """
    with Store(store, KIND, write=False) as opened:
        return status_of(opened.plan(), opened.records())


def table_of(keys: Iterable[str], records: Mapping[str, Record]) -> pd.DataFrame:
    """Return the records of some keys as a table; see docs/studies.md for its columns."""
    rows = [records[key] for key in keys if key in records]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in _NUMBERS:
        frame[column] = frame[column].astype(float)
    frame["size"] = frame["size"].astype("Int64")
    for column in ("seed", "attempts"):
        frame[column] = frame[column].astype("int64")
    frame["proved"] = frame["proved"].astype(bool)
    frame["models"] = pd.Series([tuple(models) for models in frame["models"]], dtype=object)
    return frame


def status_of(keys: Collection[str], records: Mapping[str, Record]) -> StudyStatus:
    """Count the records of some keys."""
    own = [records[key]["status"] for key in keys if key in records]
    order = sorted(set(own), key=lambda status: (status in (REFUSED, FAILED, DIED), status))
    counts = {status: own.count(status) for status in order}
    return StudyStatus(len(keys), counts, len(set(records) - set(keys)))


def summary_text(frame: pd.DataFrame) -> str:
    """Sum up a table: a row for each method and its options."""
    problem = frame.groupby(["problem", "alpha", "beta"], dropna=False)
    best = problem["loss"].transform("min")
    looked_at = frame.assign(
        best=(frame["loss"] <= best + SUM_TOLERANCE * best.abs()),
        answered=frame["loss"].notna(),
        failed=frame["status"].isin([FAILED, DIED]),
        refused=frame["status"] == REFUSED,
    )
    table = looked_at.groupby(["method", "options"], sort=False).agg(
        runs=("status", "size"),
        proved=("proved", "sum"),
        best=("best", "sum"),
        refused=("refused", "sum"),
        failed=("failed", "sum"),
        seconds=("runtime", "median"),
    )
    return frame_text(table.reset_index(), {"seconds": "{:.3f}"})


def check_export(path: str) -> None:
    """Raise before the work if a table cannot be exported to a file.

    Raises
    ------
    InputError
        Its ending is not known, its folder cannot be written, or pyarrow is not installed.
    """
    if Path(path).suffix.lower() not in EXPORTS:
        raise InputError(f"{path}: a table is exported as {', '.join(EXPORTS)}")
    check_writable(path)
    if path.lower().endswith(".parquet"):
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise InputError(
                f"{path}: Parquet needs pyarrow: pip install 'chemopt[parquet]'"
            ) from None


def export_table(frame: pd.DataFrame, path: str) -> None:
    """Write a table to a file, atomically, in the form that its ending says.

    In CSV, an ensemble is a list in JSON.

    Raises
    ------
    InputError
        The file cannot be written, or its ending is not known.
    """
    check_export(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        data = (
            to_json(frame_records(frame.astype(object).where(frame.notna(), None))) + "\n"
        ).encode()
    elif suffix == ".csv":
        lists = [json.dumps(models, ensure_ascii=False) for models in frame["models"]]
        data = frame.assign(models=lists).to_csv(index=False).encode()
    else:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        data = buffer.getvalue()
    write_file(data, path)

"""`read_samples`: one table of all samples of a file or a folder."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.outcomes.importers.registry import FORMATS, files_of, recognised
from chemopt.outcomes.importers.sample import Sample
from chemopt.validation import choice
from chemopt.wording import counted

AUTO = "auto"
_TEXTS = ("model", "task", "item", "answer")
_NUMBERS = ("cost", "latency", "input_tokens", "output_tokens")
_KEYS = ["model", "task", "item"]


@dataclass(frozen=True)
class Imported:
    """What was read.

    Attributes
    ----------
    frame : DataFrame
        A long table of outcomes: `model`, `item`, `correct` (or `score`, if there are marks
        between), and `task`, `answer`, `cost`, `latency`, `input_tokens` and `output_tokens` where
        they are known. The score of a sample that was not graded is missing.
    format : str
        The format.
    warnings : tuple of str
        What was done to make it such a table.
    """

    frame: pd.DataFrame
    format: str
    warnings: tuple[str, ...]


def read_samples(path: str | Path, format: str = AUTO, metric: str | None = None) -> Imported:
    """Read what an evaluation tool wrote.

    Parameters
    ----------
    path : path
        A file, or a folder: all files of the format in it and below are read, often one a model.
    format : str
        A name of `FORMATS`, or ``"auto"``: the content decides.
    metric : str, optional
        Which score counts, where there are several; see `docs/importing.md`.

    Raises
    ------
    InputError
        There is no such file or format; a file is cut off, damaged or of an unknown version; two
        files have outcomes of one model on one item. The message names file and line, or sample.

    Examples
    --------
    >>> import json, tempfile
    >>> sample = {"task_id": "HumanEval/0", "base_status": "pass", "plus_status": "fail"}
    >>> log = {"date": "2024-05-01 10:00", "hash": "fe58", "eval": {"HumanEval/0": [sample]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ada_eval_results.json"
    ...     _ = path.write_text(json.dumps(log))
    ...     read_samples(path).frame.astype(str).to_dict("records")
    [{'model': 'ada', 'task': 'HumanEval', 'item': 'HumanEval/0', 'correct': '0.0'}]
    """
    path = Path(path)
    choice("format", format, (AUTO, *FORMATS))
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    name = recognised(path) if format == AUTO else format
    if name is None:
        raise InputError(f"{path}: not of a known format; there are {', '.join(FORMATS)}")
    form, columns = FORMATS[name], _Columns()
    files = files_of(path, name)
    for number, file in enumerate(files):
        if not columns.add(number, form.read(file, metric)):
            raise InputError(f"{file}: no samples")
    frame = columns.frame()
    frame, warnings = _without_repeats(frame, form.REPEATS, files)
    frame = frame.drop(columns="file")
    frame, more = _known_columns(frame)
    return Imported(frame=frame, format=name, warnings=(*warnings, *more))


class _Columns:
    """The columns of a table that grows; a text is held once for all rows that have it."""

    def __init__(self) -> None:
        self._codes = {name: array("i") for name in _TEXTS}
        self._texts: dict[str, dict[str, int]] = {name: {} for name in _TEXTS}
        self._numbers = {name: array("d") for name in ("score", *_NUMBERS)}
        self._files = array("i")

    def add(self, file: int, samples: Iterable[Sample]) -> int:
        """Add the samples of a file, and return how many there are."""
        before = len(self._files)
        texts = [(self._texts[name], self._codes[name].append) for name in _TEXTS]
        numbers = [self._numbers[name].append for name in ("score", *_NUMBERS)]
        add_file = self._files.append
        for model, item, score, task, answer, *amounts in samples:
            add_file(file)
            for text, (known, append) in zip((model, task, item, answer), texts, strict=True):
                append(-1 if text is None else known.setdefault(text, len(known)))
            for number, append_number in zip((score, *amounts), numbers, strict=True):
                append_number(nan if number is None else number)
        return len(self._files) - before

    def frame(self) -> pd.DataFrame:
        """Return them as a DataFrame, and forget them; texts are categories."""
        columns: dict[str, Any] = {
            name: pd.Categorical.from_codes(
                np.frombuffer(codes, dtype=np.intc),
                categories=pd.Index(list(self._texts.pop(name)), dtype=object),
            )
            for name, codes in self._codes.items()
        }
        columns |= {name: np.array(numbers) for name, numbers in self._numbers.items()}
        return pd.DataFrame({**columns, "file": np.array(self._files)})


def _without_repeats(
    frame: pd.DataFrame, allowed: bool, files: list[Path]
) -> tuple[pd.DataFrame, list[str]]:
    """Take the mean of several samples of an item, which must be of one file."""
    again = frame.duplicated(_KEYS, keep=False)
    if not again.any():
        return frame, []
    # the number of each row's outcome, in the order of the rows
    cell = frame.groupby(_KEYS, observed=True, sort=False, dropna=False).ngroup().to_numpy()
    numbers = ["score", *_NUMBERS]
    groups = frame[[*numbers, "file"]].assign(answer=frame["answer"].cat.codes).groupby(cell)
    low, high = groups.min(), groups.max()
    clash = (low["file"] != high["file"]).to_numpy()
    if clash.any() or not allowed:
        k = int((clash if clash.any() else (groups.size() > 1).to_numpy()).argmax())
        row = frame.iloc[int((cell == k).argmax())]
        where = dict.fromkeys(str(files[int(end["file"].iloc[k])]) for end in (low, high))
        raise InputError(
            f"{' and '.join(where)}: several outcomes of {row['model']!r} on the item "
            f"{row['item']!r}; leave all but one out"
        )
    means = frame.iloc[np.unique(cell, return_index=True)[1]].reset_index(drop=True)
    means[numbers] = groups[numbers].mean()
    # an answer that was not the same each time is no answer of the mean
    means["answer"] = means["answer"].where(low["answer"] == high["answer"])
    told = (
        f"The mean of several samples of an item counts: {len(frame)} samples became "
        f"{counted(len(means), 'outcome')}."
    )
    return means, [told]


def _known_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out what is not known, and name the score as outcomes do."""
    warnings = []
    graded = frame["score"].notna()
    for name in ("task", "answer", *_NUMBERS):
        known = frame[name].notna()
        if not known.any():
            frame = frame.drop(columns=name)
        elif name in ("cost", "latency") and not known[graded].all():
            # sums go over all outcomes
            frame = frame.drop(columns=name)
            warnings.append(
                f"The {name} is left out: it is not known of {int((graded & ~known).sum())} of "
                f"{counted(int(graded.sum()), 'outcome')}."
            )
        elif name == "task" and not known.all():
            categories = frame["task"].cat.add_categories("-")
            frame = frame.assign(task=categories.fillna("-"))
    if not graded.all():
        warnings.append(
            f"Not graded, so counted as not answered: {int((~graded).sum())} of "
            f"{counted(len(frame), 'sample')}."
        )
    binary = frame["score"].isin([0, 1]) | ~graded
    order = ["model", "task", "item", "score", "answer", *_NUMBERS]
    frame = frame[[name for name in order if name in frame]]
    return frame.rename(columns={"score": "correct"} if binary.all() else {}), warnings

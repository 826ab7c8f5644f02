"""`load_outcomes`: outcomes from a long or a wide table, or from logs of an evaluation tool.

A *long* table has a row for each answer, with the columns `model`, `item` and `correct` (0 or 1;
or `score`, a mark from 0 to 1), and if known `task`, `answer`, `cost` and `latency`. With a column
`task`, items are identified by task and item together. A *wide* table has a row for each item and a
column for each model; columns `item` and `task` name the items. Other names are mapped:
``columns={"model": "name", "correct": "is_right"}``.

Columns of a wide table that are no models are named by `ignore`, and not read. If it is not given,
every other column is meant to be a model, and one that does not look like it is an error: its name
is one of `METADATA` (`difficulty`, `category`, …), or it has marks between 0 and 1 while most
columns have none.

What evaluation tools write (see `chemopt.outcomes.importers`) is made a long table first. With the
columns `input_tokens` and `output_tokens`, prices give costs (see `chemopt.outcomes.prices`).

A model may not have answered all items. What is done then is said by `missing`, and what it did
stands in `Outcomes.warnings`:

``"drop-items"``
    Items that not all models answered are left out.
``"wrong"``
    No answer is a wrong answer, which costs nothing.
``"raise"``
    That is an error.
``"keep"``
    The score is NaN. Items and models without any outcome are kept, too. Only what compares models
    pair by pair takes such outcomes (`diversity`), and what plans further evaluations
    (`chemopt.selection.plan`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.parts import find_parts, is_large, names_parts
from chemopt.history.table_files import (
    check_unique_columns,
    column_names,
    is_blank,
    read_table,
    with_index_as_columns,
)
from chemopt.numerics import Floats
from chemopt.outcomes.importers.collect import AUTO, read_samples
from chemopt.outcomes.importers.registry import FORMATS, recognised
from chemopt.outcomes.outcomes import NO_ANSWER, Codes, Outcomes
from chemopt.outcomes.prices import TOKEN_COLUMNS, Prices, cost_of_tokens, read_prices
from chemopt.outcomes.values import (
    NEEDED_COLUMNS,
    blank_cells,
    needed_columns,
    renamed,
    single_values,
    to_amounts,
    to_marks,
)
from chemopt.progress import Progress, reporter
from chemopt.validation import choice, instance_of, known_option, number, shown
from chemopt.wording import counted, listed, meant, spelt_alike

logger = logging.getLogger(__name__)

Missing = Literal["drop-items", "wrong", "raise", "keep"]
LONG_COLUMNS = (*NEEDED_COLUMNS, "score", "task", "answer", "cost", "latency", *TOKEN_COLUMNS)
# What tables of items say of an item, in lower case; no model has such a name.
METADATA = (
    "answer", "benchmark", "category", "comment", "dataset", "date", "difficulty", "domain",
    "fold", "gold", "group", "hash", "id", "idx", "index", "input", "item_id", "label",
    "lang", "language", "length", "level", "notes", "num_tokens", "output", "prompt",
    "prompt_id", "question", "question_id", "seed", "source", "split", "subcategory",
    "subject", "subset", "tag", "tags", "target", "time", "timestamp", "tokens", "topic",
    "type", "url", "weight", "year",
)  # fmt: skip
#: The format of chemopt's own tables.
TABLE = "table"


class _NoRowsError(InputError):
    """A table has a header only."""


def load_outcomes(
    data: str | Path | pd.DataFrame,
    *,
    format: str = AUTO,
    metric: str | None = None,
    columns: Mapping[str, str] | None = None,
    missing: Missing = "drop-items",
    min_answered: float = 0.0,
    task: str | None = None,
    models: Collection[str] | None = None,
    ignore: Collection[str] | None = None,
    prices: Prices | None = None,
    streaming: bool | None = None,
    progress: Progress = None,
) -> Outcomes:
    """Read outcomes and validate every one.

    Parameters
    ----------
    data : path or DataFrame
        A long or a wide table; see the module's text. Files are CSV, TSV (``.gz`` as well), JSON
        Lines, Parquet or Excel; the delimiter and a byte order mark are recognised. Or a log of an
        evaluation tool, or a folder of them. Or many tables: a folder, or a pattern
        (``"runs/*.parquet"``).
    format : str
        ``"auto"``: the content decides; ``"table"``; or a format of `docs/importing.md`:
        ``"lm-eval"``, ``"inspect"``, ``"promptfoo"``, ``"openai-evals"``, ``"helm"``,
        ``"routerbench"``, ``"llm-chemistry"``, ``"evalplus"``.
    metric : str, optional
        Which score of a log counts, where there are several; see `docs/importing.md`.
    columns : mapping, optional
        Names of the columns of a long table, where they differ: chemopt's name to that of the data.
    missing : {"drop-items", "wrong", "raise", "keep"}
        What to do with items that some model has not answered.
    min_answered : float
        Models that answered a smaller share of the items are left out first, in [0, 1].
    task : str, optional
        Only items of this task. Models without an answer on it are left out.
    models : collection of str, optional
        Only these models. Other columns of a wide table are not read.
    ignore : collection of str, optional
        Columns of a wide table that are no models. With an empty one every column is a model,
        whatever it looks like.
    prices : path, DataFrame or mapping, optional
        Prices per million tokens, as `read_prices` takes them: costs are computed from tokens.
    streaming : bool, optional
        Whether long tables of a folder or pattern are read in passes, which needs DuckDB, without
        answers; or all rows into memory. If not given, their size decides. See
        `docs/importing.md`.
    progress : bool or callable, optional
        True shows a bar for each pass; a function is called with the percent done and 100.

    Returns
    -------
    Outcomes

    Raises
    ------
    InputError
        The file cannot be read; a column is missing; a score is not in [0, 1], or a cost or latency
        below 0; a model answered an item twice; an option is not valid; a column of a wide table
        does not look like a model; there is no item that all models answered.

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = load_outcomes(pd.DataFrame({
    ...     "model": ["b", "a", "a", "b"], "item": ["q1", "q1", "q2", "q2"],
    ...     "correct": [1, 0, 1, 1]}))
    >>> outcomes.models, len(outcomes), outcomes.accuracy.to_dict()
    (('a', 'b'), 2, {'a': 0.5, 'b': 1.0})
    """
    instance_of("load_outcomes needs a path or a DataFrame", data, (str, Path, pd.DataFrame))
    choice("missing", missing, get_args(Missing))
    min_answered = number("min_answered", min_answered, 0, 1)
    mapping = _checked_mapping(columns)
    ignored = None if ignore is None else _checked_names("ignore", ignore)
    if models is not None:
        models = _checked_names("models", models)
    if (files := _large_parts(data, format, metric, mapping, streaming)) is not None:
        if prices is not None:
            raise InputError("prices: of tables read in passes, give costs in a column cost")
        if ignored is not None:
            raise _only_wide(str(data))
        from chemopt.outcomes.large import load_large_outcomes

        report = reporter(progress, "reading")
        table = load_large_outcomes(files, str(data), mapping, task, report)
        if models is not None:
            table = table.take_models(models)
        return _complete(table, missing, min_answered)
    raw, source, told = _read(data, mapping, format, metric)
    frame = renamed(raw, mapping, source)
    if not _is_long(frame):
        frame = _with_columns_of_models(frame, source, models, ignored)
    elif ignored is not None:
        raise _only_wide(source)
    frame = single_values(frame, source)
    if prices is not None:
        frame, more = _priced(frame, prices, source)
        told = (*told, *more)
    table = _from_long(frame, source, task) if _is_long(frame) else _from_wide(frame, source, task)
    if not _is_long(frame) and models is None and ignored is None:
        told = (*told, *_unlike_the_others(table))
    table = replace(table, warnings=(*told, *table.warnings))
    logger.info("%s: %d items, %s", source, len(table), counted(len(table.models), "model"))
    if models is not None:
        table = table.take_models(models)
    return _complete(table, missing, min_answered)


def _large_parts(
    data: str | Path | pd.DataFrame,
    format: str,
    metric: str | None,
    mapping: dict[str, str],
    streaming: bool | None,
) -> list[Path] | None:
    """Return the files of long tables that are to be read in passes, if they are."""
    if streaming is False or isinstance(data, pd.DataFrame) or not names_parts(data):
        return None
    if format not in (AUTO, TABLE) or metric or _of_tool(Path(data), format, mapping):
        return None
    files = find_parts(data)
    return files if streaming or is_large(files) else None


def holds_outcomes(path: str | Path, columns: Mapping[str, str] | None = None) -> bool:
    """Return whether a file holds outcomes rather than a history, judging by its content.

    A history file of LLM Chemistry, which can be imported as outcomes, is a history.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if columns is not None or holds_logs(path):
        return True
    first = find_parts(path)[0] if names_parts(path) else Path(path)
    names = set(column_names(first))
    if {"correct", "score", "item"} & names:
        return "trial" not in names
    return len(names) > 1 and not {"trial", "model", "quality", "accuracy"} & names


def holds_logs(path: str | Path) -> bool:
    """Return whether a file or folder is of an evaluation tool, and no history.

    Raises
    ------
    InputError
        A folder has files of several formats.
    """
    return recognised(Path(path)) not in (None, "llm-chemistry")


def _checked_mapping(columns: Mapping[str, str] | None) -> dict[str, str]:
    if columns is None:
        return {}
    instance_of("columns must be a mapping of chemopt's names to yours", columns, Mapping)
    for own, theirs in columns.items():
        known_option("column", own, LONG_COLUMNS)
        instance_of(f"columns: the name of {own!r} must be a text", theirs, str)
    return dict(columns)


def _checked_names(option: str, names: object) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Collection):
        raise InputError(f"{option} must be a collection of names, not {shown(names)}")
    for name in names:
        instance_of(f"{option} must be names", name, str)
    return list(names)


def _only_wide(source: str) -> InputError:
    return InputError(
        f"{source}: ignore (--ignore) names columns of a wide table, and this is a long one, of "
        "which other columns are not read"
    )


def _read(
    data: str | Path | pd.DataFrame, mapping: dict[str, str], format: str, metric: str | None
) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return the table, with rows numbered from 1, its name, and warnings."""
    choice("format", format, (AUTO, TABLE, *FORMATS))
    if isinstance(data, pd.DataFrame):
        if format not in (AUTO, TABLE):
            raise InputError(f"format {format!r} is of files; a DataFrame is a table")
    elif format not in FORMATS and not _of_tool(Path(data), format, mapping) and names_parts(data):
        if metric is not None:
            raise InputError("metric is of logs; name the column of a table: columns={'score': …}")
        return _read_parts(find_parts(data), mapping), str(data), ()
    elif format in FORMATS or _of_tool(Path(data), format, mapping):
        if mapping:
            raise InputError(f"columns are of tables; {data} is read as {format}")
        imported = read_samples(data, format, metric)
        frame = imported.frame.set_axis(pd.RangeIndex(1, len(imported.frame) + 1))
        return frame, str(data), imported.warnings
    if metric is not None:
        raise InputError("metric is of logs; name the column of a table: columns={'score': …}")
    raw, source = _read_table(data, mapping)
    return raw, source, ()


def _of_tool(path: Path, format: str, mapping: dict[str, str]) -> bool:
    """Return whether a path is read as a log, judging by its content and its ending."""
    if format != AUTO or mapping:
        return False
    return path.suffix in (".json", ".eval") or recognised(path) is not None


def _read_parts(files: list[Path], mapping: dict[str, str]) -> pd.DataFrame:
    """Return the rows of tables in several files, each named by its number and its file."""
    frames = []
    for file in files:
        try:
            frame, _ = _read_table(file, mapping)
        except _NoRowsError:
            continue
        long = _is_long(frame) or mapping.get("model", "model") in frame
        if not long and "item" not in frame:
            raise InputError(f"{file}: a wide table in several files needs a column item")
        frames.append(frame.set_axis([f"{row} of {file}" for row in frame.index]))
    if not frames:
        raise InputError("no rows; outcomes need at least one after the header")
    return pd.concat(frames)


def _read_table(
    data: str | Path | pd.DataFrame, mapping: dict[str, str]
) -> tuple[pd.DataFrame, str]:
    if isinstance(data, pd.DataFrame):
        source, raw = "DataFrame", with_index_as_columns(data)
        check_unique_columns([str(column) for column in raw.columns], source)
    else:
        source = str(data)
        wanted = {mapping.get(name, name) for name in LONG_COLUMNS}
        # of a long table, other columns are not read
        long = mapping.get("model", "model") in column_names(Path(data))
        raw = read_table(Path(data), wanted if long else None)
    raw.index = pd.RangeIndex(1, len(raw) + 1)
    if not isinstance(data, pd.DataFrame) and len(raw) and is_blank(raw.iloc[:, 0]).any():
        raw = raw[~raw.apply(is_blank).all(axis=1)]  # blank lines
    if raw.empty:
        raise _NoRowsError(f"{source}: no rows; outcomes need at least one after the header")
    return raw, source


def _priced(
    frame: pd.DataFrame, prices: Prices, source: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Add costs from tokens and prices, in place of costs that are there."""
    if not _is_long(frame) or "model" not in frame:
        raise InputError(f"{source}: prices need a long table, with a column model")
    cost, told = cost_of_tokens(frame, read_prices(prices), source)
    return frame.assign(cost=cost), told


def _is_long(frame: pd.DataFrame) -> bool:
    """Return whether a table has one of a long table's own columns, and so is meant to be one."""
    return bool({"model", "correct", "score"} & set(frame.columns))


def _from_long(frame: pd.DataFrame, source: str, task: str | None) -> Outcomes:
    value = "correct" if "correct" in frame else "score"
    names = list(map(str, frame.columns))
    needed_columns(names, value, source, names)
    keys = ["task", "item"] if "task" in frame else ["item"]
    for column in ("model", *keys):
        blank = blank_cells(frame[column])
        if blank.any():
            raise InputError(f"{source}: row {frame.index[int(blank.argmax())]} has no {column}")
    if task is not None:
        frame = _of_task(frame, task, source)
    model, models = _coded(frame["model"])
    rows, items = _coded_items(frame, keys)
    cell = rows * len(models) + model
    if (kept := _distinct(cell, frame, keys, value, source)) is not None:
        told = _repeated(frame, kept)
        return replace(_from_long(frame[kept], source, None), warnings=(told,))
    shape = (len(items), len(models))

    def spread(values: Any, kind: type, empty: Any) -> Any:
        """Return a column as an array of shape (items, models)."""
        array: npt.NDArray[Any] = np.full(shape, empty, dtype=kind)
        array.ravel()[cell] = values
        return array

    marks = to_marks(frame[value], source)
    seconds_and_money = {
        name: spread(to_amounts(frame[name], name, source, ~np.isnan(marks)), float, np.nan)
        for name in ("cost", "latency")
        if name in frame
    }
    return Outcomes(
        models=models,
        items=items,
        scores=spread(marks, float, np.nan),
        answers=spread(_answers(frame["answer"], marks), np.int32, NO_ANSWER)
        if "answer" in frame
        else None,
        source=source,
        **seconds_and_money,
    )


def _from_wide(frame: pd.DataFrame, source: str, task: str | None) -> Outcomes:
    keys = [column for column in ("task", "item") if column in frame]
    if "item" not in frame:
        width = len(str(len(frame)))
        frame = frame.assign(item=[f"{k:0{width}}" for k in frame.index])
        keys = [*keys, "item"]
    for column in keys:
        blank = blank_cells(frame[column])
        if blank.any():
            raise InputError(f"{source}: row {frame.index[int(blank.argmax())]} has no {column}")
    if task is not None:
        frame = _of_task(frame, task, source)
    unnamed = [column for column in frame.columns if str(column).startswith("Unnamed: ")]
    if unnamed:
        raise InputError(
            f"{source}: column {list(frame.columns).index(unnamed[0]) + 1} has no name; call it "
            "'item' if it names the items, or leave it out"
        )
    names = [column for column in frame.columns if column not in keys]
    if not names:
        raise InputError(
            f"{source}: there is no column of a model; outcomes are a long table "
            f"({', '.join(NEEDED_COLUMNS)}) or have a column for each model"
        )
    rows, items = _coded_items(frame, keys)
    if (kept := _distinct(rows, frame, keys, "", source)) is not None:
        told = _repeated(frame, kept)
        return replace(_from_wide(frame[kept], source, None), warnings=(told,))
    scores = _marks(frame, names, source)
    order = np.argsort(np.array([str(name).strip() for name in names]), kind="stable")
    in_order = np.empty_like(scores)
    in_order[rows] = scores[:, order]
    models = tuple(str(names[k]).strip() for k in order)
    if not all(models) or len(set(models)) < len(models):
        twice = [name for k, name in enumerate(models) if not name or name in models[:k]]
        raise InputError(
            f"{source}: each column of a model needs a name of its own, and {twice[0]!r} is there "
            "twice: spaces at its ends do not count"
        )
    return Outcomes(models=models, items=items, scores=in_order, source=source)


def _with_columns_of_models(
    frame: pd.DataFrame, source: str, models: list[str] | None, ignored: list[str] | None
) -> pd.DataFrame:
    """Return a wide table without columns that are no models, or that are not wanted.

    Raises
    ------
    InputError
        There is no such column, or one has the name of something else than a model.
    """
    stripped = {name: str(name).strip() for name in frame.columns if name not in ("item", "task")}
    for name in ignored or ():
        if name not in stripped.values():
            raise InputError(
                f"{source}: ignore: there is no column {name!r}; {meant(name, stripped.values())}"
            )
    if ignored is None and models is None:
        about = [name for name in stripped.values() if name.lower().replace(" ", "_") in METADATA]
        if about:
            raise InputError(f"{source}: {_no_models(about, 'by the name')}")
    for name in models or ():
        if name not in stripped.values():
            raise InputError(f"{source}: unknown model {name!r}; {meant(name, stripped.values())}")
    left_out = [
        column
        for column, name in stripped.items()
        if name in (ignored or ()) or (models is not None and name not in models)
    ]
    return frame.drop(columns=left_out)


def _unlike_the_others(table: Outcomes) -> tuple[str, ...]:
    """Look for columns with marks between 0 and 1 next to columns of 0 and 1.

    Raises
    ------
    InputError
        They are fewer than the others.
    """
    between = ((table.scores > 0) & (table.scores < 1)).any(axis=0)
    graded = [table.models[k] for k in np.flatnonzero(between)]
    if not graded or len(graded) == len(table.models):
        return ()
    said = _no_models(graded, "marks between 0 and 1, unlike the others")
    if 2 * len(graded) < len(table.models):
        raise InputError(f"{table.source}: {said}")
    return (f"{said[0].upper()}{said[1:]}.",)


def _no_models(names: list[str], why: str) -> str:
    """Say why columns may be no models, and what to do."""
    found = ", ".join(map(repr, names))
    columns = f"column {found}" if len(names) == 1 else f"columns {found}"
    return (
        f"the {columns} may be no model ({why}); ignore={names!r} (--ignore {','.join(names)}) "
        "leaves out what is no model, and an empty list (--ignore none) takes every column for one"
    )


def _marks(frame: pd.DataFrame, names: list[Any], source: str) -> Floats:
    """Return the marks of the models of a wide table, of shape (rows, models)."""
    columns: list[Floats] = []
    errors: dict[str, str] = {}
    for name in names:
        try:
            columns.append(to_marks(frame[name], source))
        except InputError as error:
            errors[str(name).strip()] = str(error)
    if errors:
        raise InputError(
            f"{next(iter(errors.values()))}; columns that are no models are left out with "
            f"ignore={list(errors)!r} (--ignore {','.join(errors)})"
        )
    return np.column_stack(columns)


def _of_task(frame: pd.DataFrame, task: str, source: str) -> pd.DataFrame:
    instance_of("task must be a text", task, str)
    if "task" not in frame:
        raise InputError(f"{source}: there is no column task, so no task {task!r}")
    named = frame["task"].astype(str).str.strip()
    rows = frame[(named == task).to_numpy()]
    if rows.empty:
        hint = meant(task, sorted(named.unique()))
        raise InputError(f"{source}: there is no task {task!r}; {hint}")
    return rows


def _coded(column: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    """Return a column of names by number, and the names in order."""
    codes, names = pd.factorize(column)
    texts = np.array([str(name).strip() for name in names], dtype=object)
    distinct = sorted(set(texts))
    number_of = {name: k for k, name in enumerate(distinct)}
    return np.array([number_of[name] for name in texts], dtype=np.intp)[codes], tuple(distinct)


def _coded_items(
    frame: pd.DataFrame, keys: list[str]
) -> tuple[npt.NDArray[np.intp], pd.Index[Any]]:
    """Return the items of rows by number, and the items in order."""
    parts = [_coded(frame[key]) for key in keys]
    code, items = parts[-1]
    if len(parts) == 1:
        return code, pd.Index(items, name="item", dtype=object)
    task, tasks = parts[0]
    pairs, rows = np.unique(task * len(items) + code, return_inverse=True)
    of_task, of_item = np.divmod(pairs, len(items))
    index = pd.MultiIndex.from_arrays(
        [np.array(tasks, dtype=object)[of_task], np.array(items, dtype=object)[of_item]],
        names=["task", "item"],
    )
    return rows.ravel(), index


def _distinct(
    cell: npt.NDArray[np.intp], frame: pd.DataFrame, keys: list[str], value: str, source: str
) -> npt.NDArray[np.bool_] | None:
    """Return which rows repeat none before them; None if all are of different cells.

    Raises
    ------
    InputError
        Two rows of one cell say different things.
    """
    if np.bincount(cell).max(initial=0) <= 1:
        return None
    columns = [name for name in frame.columns if not value or name in LONG_COLUMNS]
    kept = ~frame[columns].astype(str).duplicated().to_numpy()
    of_kept = pd.Series(cell[kept])
    if not of_kept.duplicated().any():
        return kept
    number = int(of_kept[of_kept.duplicated()].iloc[0])
    first, k = (int(row) for row in np.flatnonzero(kept & (cell == number))[:2])
    item = ", ".join(str(frame[key].iloc[k]) for key in keys)
    rows = f"in rows {frame.index[first]} and {frame.index[k]}"
    if not value:
        raise InputError(f"{source}: the item {item!r} is there twice, {rows}, and they differ")
    hint = "" if "task" in keys else "; is a column 'task' missing?"
    differ = next(
        name
        for name in (value, *columns)
        if str(frame[name].iloc[first]) != str(frame[name].iloc[k])
    )
    raise InputError(
        f"{source}: {frame['model'].iloc[k]!r} has two outcomes of the item {item!r}, {rows}: "
        f"{differ} {shown(frame[differ].iloc[first])} and {shown(frame[differ].iloc[k])}{hint}"
    )


def _repeated(frame: pd.DataFrame, kept: npt.NDArray[np.bool_]) -> str:
    """Say how many rows were left out that repeat others."""
    left_out = frame.index[~kept]
    are = "is" if len(left_out) == 1 else "are"
    return (
        f"{counted(len(left_out), 'row')} {are} left out, which {are} exactly as another "
        f"(row {left_out[0]}, for one)."
    )


def _answers(column: pd.Series[Any], marks: Floats) -> Codes:
    """Return answers by number, `NO_ANSWER` for blank ones that are wrong.

    A blank answer that is right is an answer: the empty text.
    """
    codes, values = pd.factorize(column)
    blank = blank_cells(column)
    codes = np.where(blank, np.where(marks > 0, len(values), NO_ANSWER), codes)
    return codes.astype(np.int32)


def _complete(outcomes: Outcomes, missing: Missing, min_answered: float) -> Outcomes:
    """Apply the rule for items that some model has not answered."""
    answered = ~np.isnan(outcomes.scores)
    warnings: list[str] = []
    few = answered.mean(axis=0) < min_answered
    if missing != "keep":
        few |= ~answered.any(axis=0)
    if few.all():
        raise InputError(f"{outcomes.source}: there is no answer of a model to keep")
    if few.any():
        names = [name for name, left_out in zip(outcomes.models, few, strict=True) if left_out]
        warnings.append(
            f"{len(names)} of {len(few)} models were left out, which answered too few items: "
            f"{listed(names)}."
        )
        outcomes = outcomes.take_models(
            [name for name, left_out in zip(outcomes.models, few, strict=True) if not left_out]
        )
        answered = answered[:, ~few]
    if _same_for_all(outcomes):
        warnings.append(
            "The column 'answer' is the same for all models on every item, so it looks like the "
            "right answer rather than the one given. It is not used; --columns answer=… names "
            "another."
        )
        outcomes = replace(outcomes, answers=None)
    asked = answered.any(axis=1)
    if missing != "keep" and not asked.all():
        outcomes, answered = outcomes.take_items(np.flatnonzero(asked)), answered[asked]
    if missing != "keep" and not answered.all():
        outcomes, told = _without_gaps(outcomes, answered, missing)
        warnings.append(told)
    warnings += spelt_alike(outcomes.models)
    return replace(outcomes, warnings=(*outcomes.warnings, *warnings))


def _same_for_all(outcomes: Outcomes) -> bool:
    """Return whether models that differ in right and wrong never differ in their answers."""
    given = outcomes.answers
    if given is None:
        return False
    first = given.max(axis=1, keepdims=True)
    same = bool(((given == first) | (given == NO_ANSWER)).all())
    scores = outcomes.scores[~np.isnan(outcomes.scores).all(axis=1)]
    return same and bool((np.nanmax(scores, axis=1) > np.nanmin(scores, axis=1)).any())


def _without_gaps(
    outcomes: Outcomes, answered: npt.NDArray[np.bool_], missing: Missing
) -> tuple[Outcomes, str]:
    gaps, source = ~answered, outcomes.source
    worst = int(gaps.sum(axis=0).argmax())
    name, count = outcomes.models[worst], int(gaps[:, worst].sum())
    most = f"most are missing from {name!r}, which did not answer {count} of {len(gaps)} items"
    if missing == "raise":
        item = outcomes.items[int(gaps[:, worst].argmax())]
        raise InputError(
            f"{source}: {int(gaps.sum())} outcomes are missing, that of {name!r} on the item "
            f"{item!r} for one; missing='drop-items' or 'wrong' (--missing) says what to do"
        )
    if missing == "wrong":
        share = gaps.mean()
        filled: dict[str, Any] = {"scores": np.where(gaps, 0.0, outcomes.scores)}
        for amount in ("cost", "latency"):
            array = getattr(outcomes, amount)
            if array is not None:
                filled[amount] = np.where(gaps, 0.0, array)
        told = (
            f"{counted(int(gaps.sum()), 'outcome')} ({100 * share:.2g} % of all) missing, which "
            f"count as wrong; {most}."
        )
        return replace(outcomes, **filled), told
    kept = np.flatnonzero(answered.all(axis=1))
    others = int(np.delete(answered, worst, axis=1).all(axis=1).sum())
    if not len(kept):
        raise InputError(
            f"{source}: no item was answered by all {len(outcomes.models)} models; {most}. Leave "
            "models out (models=, min_answered=), or count no answer as wrong (missing='wrong')"
        )
    told = (
        f"{len(gaps) - len(kept)} of {len(gaps)} items were left out, which not all models "
        f"answered; {most} (without it {others} items would be left)."
    )
    return outcomes.take_items(kept), told

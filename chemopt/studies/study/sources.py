"""Where the problems of a study come from: files, generators, and problems at hand.

An entry is a mapping with one of the keys

``files``
    A path, a folder, a glob (``**`` for all folders below), or a list of these. Each file is read
    as `chemopt recommend` reads it: instances (``.json``), benchmark files (by ending, or with
    `format`), outcomes, histories. A folder stands for the files in it that have such endings.
``generate``
    ``"problem"``, ``"history"`` or ``"outcomes"``, with the parameters of
    `chemopt.problem.generate.generate_problem`, `chemopt.history.generate.generate_history` and
    `chemopt.outcomes.generate.generate_outcomes`, each a value or a list of values to go through.

and the options of reading, of learning, of chemistry and of the problem, by their Python names.
`alpha` and `beta` may be lists, and `name` goes before the names of the entry's problems.
"""

from __future__ import annotations

import glob
import hashlib
import inspect
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.history.generate import generate_history
from chemopt.history.histories import History, load_history
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.generate import generate_outcomes
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.read import holds_logs, holds_outcomes, load_outcomes
from chemopt.problem.attributes import joined_attributes, read_attributes
from chemopt.problem.constrained import CONSTRAINTS
from chemopt.problem.formats import ENDINGS, READERS, read_benchmark
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_from_dict, problem_to_dict, read_problem
from chemopt.problem.problem import CHEMISTRY_OPTIONS, PROFILE_OPTIONS, ChemistryProblem
from chemopt.validation import choice, instance_of, known_option, shown

GENERATORS: dict[str, Callable[..., Any]] = {
    "problem": generate_problem,
    "history": generate_history,
    "outcomes": generate_outcomes,
}
_HISTORY = ("on_invalid", "drop_strategies", "ground_truth")
_OUTCOMES = ("columns", "missing", "min_answered", "metric", "prices")
_LEARNING = ("task", *PROFILE_OPTIONS)
_PROBLEM = ("m_inter", *CONSTRAINTS)
_OPTIONS = (*_HISTORY, *_OUTCOMES, *_LEARNING, *CHEMISTRY_OPTIONS, *_PROBLEM)
_GRID = ("alpha", "beta")
# Options that name a file, whose content is part of the problem.
_PATHS = ("attributes", "prices")
# How many problems a worker keeps: runs come ordered by problem.
_KEPT = 4


@dataclass(frozen=True)
class Source:
    """How to get a problem: plain data, which can be sent to a worker.

    Attributes
    ----------
    name : str
        In the table.
    content : str
        A digest of all that makes the problem: of files their bytes, but not where they are.
    recipe : str
        What `problem` needs, as JSON.
    """

    name: str
    content: str
    recipe: str

    def problem(self) -> ChemistryProblem:
        """Read or make the problem; the last few are kept.

        Raises
        ------
        InputError
            A file is missing here, was changed since the study was begun, or is not valid; an
            option is not valid.
        """
        return _problem(self)


def sources_of(entry: object, folder: Path, where: str) -> list[tuple[Source, dict[str, float]]]:
    """Return the problems of an entry, each with the weights to set (`alpha`, `beta`).

    Parameters
    ----------
    entry : mapping, path or ChemistryProblem
        A path stands for ``{"files": path}``.
    folder : Path
        What relative paths are relative to.
    where : str
        For messages.

    Raises
    ------
    InputError
        The entry has an unknown key, no or several of the keys that say where problems come from,
        or names no file.
    """
    if isinstance(entry, ChemistryProblem):
        return [(_given(entry, where), {})]
    if isinstance(entry, (str, Path)):
        entry = {"files": str(entry)}
    hint = "give a path, a ChemistryProblem, or a mapping with 'files' or 'generate'"
    instance_of(f"{where} must be a problem", entry, Mapping, hint)
    assert isinstance(entry, Mapping)
    origin = [key for key in ("files", "generate") if key in entry]
    if len(origin) != 1:
        known = (*_OPTIONS, *_GRID, "name", "files", "generate", "format")
        for key in entry:  # a misspelt 'files', say
            known_option(f"key of {where}", key, known)
        raise InputError(f"{where} needs one of the keys 'files' and 'generate'")
    find = _files if origin == ["files"] else _generated
    grid = _weights(entry, where)
    prefix = f"{entry['name']}: " if entry.get("name") else ""
    found = [
        Source(f"{prefix}{name}", _digest(recipe), json.dumps(recipe, sort_keys=True))
        for name, recipe in find(entry, folder, where)
    ]
    return [(source, weights) for source in found for weights in grid]


@lru_cache(maxsize=_KEPT)
def _problem(source: Source) -> ChemistryProblem:
    recipe = json.loads(source.recipe)
    if _digest(recipe) != source.content:
        raise InputError(f"{source.name}: the file was changed since the study was begun")
    options = recipe["options"]
    if recipe["from"] == "given":
        return problem_from_dict(recipe["problem"])
    if recipe["from"] == "file":
        return _read(recipe["path"], recipe["format"], options, source.name)
    made = GENERATORS[recipe["generator"]](**recipe["parameters"])
    if isinstance(made, ChemistryProblem):
        return _with(made, options)
    learn = _of_history if recipe["generator"] == "history" else _of_outcomes
    return learn(made, options, source.name)


def _read(path: str, form: str | None, options: Mapping[str, Any], name: str) -> ChemistryProblem:
    if form is not None:
        return _with(read_benchmark(path, form), options)
    if path.lower().endswith(".json") and not holds_logs(path):
        return _with(read_problem(path), options)
    if not path.lower().endswith(SUFFIXES) and not holds_logs(path):
        raise InputError(f"{path}: unknown kind of file; a benchmark file needs a 'format'")
    learn = _of_outcomes if holds_outcomes(path, options.get("columns")) else _of_history
    return learn(path, options, name)


def _with(problem: ChemistryProblem, options: Mapping[str, Any]) -> ChemistryProblem:
    """Return an instance with the problem's options set; others have no effect on it."""
    _refuse(
        options,
        (*_HISTORY, *_OUTCOMES, *_LEARNING, *CHEMISTRY_OPTIONS),
        problem.name,
        "an instance",
    )
    changes = _taken(options, _PROBLEM)
    if "attributes" in changes:
        extra = read_attributes(changes["attributes"])
        changes["attributes"] = joined_attributes(problem.constraints.table, extra)
    return problem.with_options(**changes) if changes else problem


def _of_history(data: Any, options: Mapping[str, Any], name: str) -> ChemistryProblem:
    _refuse(options, _OUTCOMES, name, "a history")
    return _learned(load_history(data, **_taken(options, _HISTORY)), options, name)


def _of_outcomes(data: Any, options: Mapping[str, Any], name: str) -> ChemistryProblem:
    _refuse(options, _HISTORY, name, "outcomes")
    outcomes = load_outcomes(data, **_taken(options, (*_OUTCOMES, "task")))
    return _learned(outcomes, {k: v for k, v in options.items() if k != "task"}, name)


def _learned(data: History | Outcomes, options: Mapping[str, Any], name: str) -> ChemistryProblem:
    chosen = _taken(options, (*_LEARNING, *CHEMISTRY_OPTIONS, *_PROBLEM))
    if "attributes" in chosen:
        chosen["attributes"] = read_attributes(chosen["attributes"])
    return ChemistryProblem.from_data(data, name=name, **chosen)


def _taken(options: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    # TOML has no null: "none" is the empty cost that leaves sets out.
    return {
        name: None if name == "empty_cost" and options[name] == "none" else options[name]
        for name in names
        if name in options
    }


def _refuse(options: Mapping[str, Any], names: tuple[str, ...], name: str, what: str) -> None:
    useless = [option for option in names if option in options]
    if useless:
        raise InputError(f"{name}: is {what}, to which {useless[0]} does not apply")


def _given(problem: ChemistryProblem, where: str) -> Source:
    recipe = {"from": "given", "problem": problem_to_dict(problem), "options": {}}
    return Source(
        problem.name or where, _digest(recipe), json.dumps(recipe, sort_keys=True, allow_nan=False)
    )


def _files(
    entry: Mapping[str, Any], folder: Path, where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    options = _own_options(entry, folder, where, ("files", "format"))
    form = entry.get("format")
    if form is not None:
        choice(f"format of {where}", form, READERS)
    patterns = entry["files"] if isinstance(entry["files"], list | tuple) else [entry["files"]]
    for pattern in patterns:
        instance_of(f"files of {where} must be texts", pattern, (str, Path))
        for path in _matching(str(pattern), folder, where, form):
            kind = form or ENDINGS.get(path.suffix.lower())
            try:
                name = path.relative_to(folder).as_posix()
            except ValueError:
                name = path.as_posix()
            yield name, {"from": "file", "path": str(path), "format": kind, "options": options}


def _matching(pattern: str, folder: Path, where: str, form: str | None) -> list[Path]:
    """Return the files of a path, folder or glob, in the order of their names."""
    path = (folder / pattern).resolve()
    if path.is_dir() and not holds_logs(path):
        endings = (".json", *SUFFIXES, *ENDINGS)
        found = [
            one
            for one in sorted(path.iterdir())
            if one.is_file() and (form is not None or one.name.lower().endswith(endings))
        ]
    elif path.exists():
        found = [path]
    else:
        names = glob.glob(pattern, root_dir=folder, recursive=True)
        found = sorted((folder / name).resolve() for name in names)
        found = [one for one in found if one.is_file()]
    if not found:
        raise InputError(f"{where}: no file matches {pattern!r} in {folder}")
    return found


def _generated(
    entry: Mapping[str, Any], folder: Path, where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = choice(f"generate of {where}", entry["generate"], GENERATORS)
    known = tuple(inspect.signature(GENERATORS[kind]).parameters)
    options = _own_options(entry, folder, where, ("generate", *known))
    given = {name: entry[name] for name in known if name in entry}
    lists = [value if isinstance(value, list | tuple) else [value] for value in given.values()]
    for values in itertools.product(*lists):
        parameters = dict(zip(given, values, strict=True))
        shown_ = ", ".join(f"{name}={value}" for name, value in parameters.items())
        recipe = {"from": "generate", "generator": kind, "parameters": parameters}
        yield f"{kind}({shown_})", {**recipe, "options": options}


def _own_options(
    entry: Mapping[str, Any], folder: Path, where: str, keys: tuple[str, ...]
) -> dict[str, Any]:
    for key in entry:
        known_option(f"key of {where}", key, (*keys, *_OPTIONS, *_GRID, "name"))
    options = {key: entry[key] for key in _OPTIONS if key in entry and key not in keys}
    for key in _PATHS:
        if key in options:
            instance_of(f"{key} of {where} must be the path of a file", options[key], (str, Path))
            options[key] = str((folder / options[key]).resolve())
    try:
        json.dumps(options, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: an option is no plain value: {error}") from None
    return options


def _weights(entry: Mapping[str, Any], where: str) -> list[dict[str, float]]:
    """Return the values of `alpha` and `beta` to go through; none are those of the problem."""
    lists = {}
    for name in _GRID:
        if name in entry:
            value = entry[name]
            lists[name] = list(value) if isinstance(value, list | tuple) else [value]
            for one in lists[name]:
                if isinstance(one, bool) or not isinstance(one, int | float):
                    raise InputError(f"{name} of {where} must be numbers, not {shown(one)}")
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


def _digest(recipe: Mapping[str, Any]) -> str:
    """Return what tells one recipe from others: of files the content, not the place."""
    plain = {key: value for key, value in recipe.items() if key not in ("path", "options")}
    plain["options"] = {key: value for key, value in recipe["options"].items() if key not in _PATHS}
    digest = hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16)
    named = [recipe.get("path"), *(recipe["options"].get(key) for key in _PATHS)]
    for path in (Path(name) for name in named if name is not None):
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            try:
                digest.update(hashlib.blake2b(file.read_bytes()).digest())
            except FileNotFoundError:
                raise InputError(f"{file}: no such file") from None
            except OSError as error:
                raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    return digest.hexdigest()

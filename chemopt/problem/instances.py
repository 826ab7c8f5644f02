"""Selection problems as JSON files.

A file is an object with

``format``, ``schema_version``
    ``"chemopt-problem"`` and 1.
``name``, ``source``
    Texts, optional.
``options``
    `alpha`, `beta`, `min_size`, `max_size`, `size`, `require`, `exclude`, `budgets`, `groups`,
    `apart`, `together`, `forbid`, `m_inter`, with the meaning and the defaults that they have in
    `ChemistryProblem`; all optional. A budget or group is its text, or an object with its fields
    (`attribute`, `limit`; `attribute`, `value`, `low`, `high`) where a name has signs of its own.
``attributes``
    An object for each model, with its attributes; optional.
``chemistry``
    `models`, `matrix`, `settings`, as in `ChemistryTable.to_dict`; `entries` (``"general"`` or
    ``"signed"``) where the weights are not chemistry.
``subsets``
    Historical subsets, lists of names; optional. Left out when they are those of the profiles.
``profiles``
    As in `Profiles.to_dict`; optional.

Unknown keys are errors, so that a misspelt option is not passed over.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.history.files import read_text
from chemopt.problem.attributes import attributes_to_dict
from chemopt.problem.constraints import SIDE_CONSTRAINTS, Budget, Group, parse_all
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.profiles import Profiles
from chemopt.validation import known_option

FORMAT = "chemopt-problem"
SCHEMA_VERSION = 1
OPTIONS = (
    "alpha", "beta", "min_size", "max_size", "size", "require", "exclude", "m_inter",
    *SIDE_CONSTRAINTS,
)  # fmt: skip
_KEYS = (
    "format",
    "schema_version",
    "name",
    "source",
    "options",
    "chemistry",
    "attributes",
    "subsets",
    "profiles",
)


def problem_to_dict(problem: ChemistryProblem) -> dict[str, Any]:
    """Return a problem as plain JSON data.

    Examples
    --------
    >>> table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
    >>> data = problem_to_dict(ChemistryProblem(table, alpha=0.7))
    >>> data["options"]["alpha"], problem_from_dict(data).alpha
    (0.7, 0.7)
    """
    given = vars(problem) | vars(problem.constraints)
    data: dict[str, Any] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "name": problem.name,
        "source": problem.source,
        "options": {
            option: _plain(value)
            for option in OPTIONS
            if (value := given[option]) or option not in SIDE_CONSTRAINTS
        },
        "chemistry": problem.table.to_dict(),
    }
    if problem.constraints.table is not None:
        data["attributes"] = attributes_to_dict(problem.constraints.table)
    profiles = problem.profiles
    if problem.subsets is not None and (profiles is None or problem.subsets != profiles.subsets):
        data["subsets"] = [list(subset) for subset in problem.subsets]
    if profiles is not None:
        data["profiles"] = profiles.to_dict()
    return data


def problem_from_dict(data: Any) -> ChemistryProblem:
    """Read what `problem_to_dict` wrote.

    Raises
    ------
    InputError
        The data is not in the form of this format and version, or the problem is not valid.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise InputError(f'not an instance: an object with "format": "{FORMAT}" is needed')
    version = data.get("schema_version")
    if isinstance(version, bool) or version != SCHEMA_VERSION:
        raise InputError(
            f"schema_version is {version!r}; this version of chemopt reads {SCHEMA_VERSION}"
        )
    _refuse_unknown(data, _KEYS, "key")
    if "chemistry" not in data:
        raise InputError("the key 'chemistry' is missing")
    options = data.get("options", {})
    if not isinstance(options, Mapping):
        raise InputError("'options' must be an object")
    _refuse_unknown(options, OPTIONS, "option")
    profiles = data.get("profiles")
    try:
        return ChemistryProblem(
            table=ChemistryTable.from_dict(data["chemistry"]),
            profiles=None if profiles is None else Profiles.from_dict(profiles),
            attributes=data.get("attributes"),
            subsets=None if data.get("subsets") is None else tuple(data["subsets"]),
            name=str(data.get("name") or ""),
            source=str(data.get("source") or ""),
            **options,
        )
    except TypeError as error:
        raise InputError(f"not in the expected form: {error}") from error


def read_problem(path: str | Path) -> ChemistryProblem:
    """Read a problem from a JSON file.

    Raises
    ------
    InputError
        The file is missing, is not JSON, or holds no valid problem; the message names the file.
    """
    text = read_text(path)
    try:
        return problem_from_dict(
            json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise InputError(f"{path}: not an instance: nested too deeply") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (ValueError, OverflowError, TypeError) as error:  # a number of thousands of digits, say
        raise InputError(f"{path}: not an instance: {error}") from error


def problem_to_json(problem: ChemistryProblem) -> str:
    """Return a problem as JSON text, with a line for each row of the matrix."""
    return _pretty(problem_to_dict(problem)) + "\n"


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        raise InputError(f"the key {next(n for n in names if names.count(n) > 1)!r} is given twice")
    return data


def _no_constant(name: str) -> Any:
    raise InputError(f"{name} is not a number that JSON has")


def _refuse_unknown(data: Mapping[str, Any], known: Collection[str], what: str) -> None:
    for key in data:
        known_option(what, key, known)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Budget | Group):
        return _text_or_object(value)
    return value


def _text_or_object(constraint: Budget | Group) -> str | dict[str, Any]:
    """Write a constraint as text, or as an object where its text would be read as another."""
    text = str(constraint)
    try:
        kind: Any = type(constraint)
        if parse_all("constraints", kind, [text]) == (constraint,):
            return text
    except InputError:
        pass
    return {name: value for name, value in asdict(constraint).items() if value is not None}


def _pretty(value: Any, indent: str = "") -> str:
    """Write JSON with objects and lists of lists over several lines, other lists on one."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        body = ",\n".join(
            f"{inner}{json.dumps(str(key), ensure_ascii=False)}: {_pretty(item, inner)}"
            for key, item in value.items()
        )
        return f"{{\n{body}\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        body = ",\n".join(inner + _pretty(item, inner) for item in value)
        return f"[\n{body}\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)

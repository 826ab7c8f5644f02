"""Options from a TOML file: ``--config FILE``, and ``--show-config`` that writes one.

A file has a table for each command, with options by their long names::

    seed = 3                   # for every command that has such an option

    [recommend]
    alpha = 0.5
    require = ["ada", "bea"]
    tied = true

Each entry means what it means on the command line, since it is made an option of it: a list is an
option that is repeated, or one with several values, or values with commas between. What is given on
the command line counts instead of the entry, for repeatable options too.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from chemopt.cli.options import NotGiven
from chemopt.cli.parser import Parser
from chemopt.errors import InputError
from chemopt.history.files import read_toml
from chemopt.wording import meant

# What a file cannot set: it names files itself, or does nothing but show.
_NOT_IN_FILES = ("help", "version", "config", "show-config")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def with_config(words: Sequence[str], commands: Mapping[str, Parser]) -> list[str]:
    """Return the words of a command line with the options of its ``--config`` file added.

    Raises
    ------
    InputError
        The file cannot be read, has an unknown command or option, or a value that no option has.
    """
    words = list(words)
    if not words or words[0] not in commands:
        return words
    end = words.index("--") if "--" in words else len(words)
    name, own = words[0], words[1:end]
    path = _path_of(own)
    if path is None:
        return words
    parser = commands[name]
    entries = _read(path, commands)
    given = {id(action) for word in own if (action := _option(parser, word)) is not None}
    added: list[str] = []
    flags: set[str] = set()
    for key, value in {**entries[""], **entries[name]}.items():
        action = parser.options.get(f"--{key}")
        if action is None or id(action) in given:
            continue
        flags.update(action.option_strings)
        added += _words(action, f"--{key}", value, f"{path}: {key}")
    merged = [name, *own, *added]
    try:
        parser.parse_known_args(merged[1:])
    except InputError as error:
        found = re.match(r"argument ([^:]+): ", str(error))
        if found and flags & set(found[1].split("/")):
            raise InputError(f"{path}: [{name}] {error}") from None
        raise
    return [*merged, *words[end:]]


def config_text(command: str, parser: Parser, arguments: argparse.Namespace) -> str:
    """Return the options that were given, as a file for ``--config``.

    Examples
    --------
    >>> parser = Parser()
    >>> _ = parser.add_argument("--alpha", type=float), parser.add_argument("--require", nargs="+")
    >>> print(config_text("recommend", parser, parser.parse_args(["--require", "ada", "bea"])))
    [recommend]
    require = ["ada", "bea"]
    """
    lines = [f"[{_key(command)}]"]
    for action in parser.arguments:
        name = _long_name(action)
        if name is None or name in _NOT_IN_FILES:
            continue
        value = getattr(arguments, action.dest, None)
        if value is None or value == action.default:
            continue
        if isinstance(action, argparse._StoreFalseAction | argparse._StoreTrueAction):
            value = True
        lines.append(f"{_key(name)} = {_toml(value)}")
    return "\n".join(lines)


def _path_of(words: Sequence[str]) -> str | None:
    """Return what the last ``--config`` names."""
    path = None
    for k, word in enumerate(words):
        if word == "--config" and k + 1 < len(words):
            path = words[k + 1]
        elif word.startswith("--config="):
            path = word.partition("=")[2]
    return path


def _option(parser: Parser, word: str) -> argparse.Action | None:
    """Return the option that a word names."""
    if not word.startswith("-"):
        return None
    flag = word.partition("=")[0]
    return parser.options.get(flag) or (
        None if word.startswith("--") else parser.options.get(word[:2])
    )


def _read(path: str, commands: Mapping[str, Parser]) -> dict[str, dict[str, Any]]:
    """Return the entries of a file for each command, and under "" those for all."""
    data = read_toml(path)
    entries: dict[str, dict[str, Any]] = {"": {}, **{name: {} for name in commands}}
    anywhere = list(dict.fromkeys(key for one in commands.values() for key in _keys(one)))
    for key, value in data.items():
        if key in commands and isinstance(value, dict):
            known = _keys(commands[key])
            for option, one in value.items():
                entries[key][_checked(option, known, f"{path}: [{key}]")] = one
        elif isinstance(value, dict) and key.replace("_", "-") not in anywhere:
            raise InputError(f"{path}: unknown command [{key}]; {meant(key, commands)}")
        else:
            entries[""][_checked(key, anywhere, path)] = value
    return entries


def _keys(parser: Parser) -> list[str]:
    names = (_long_name(action) for action in parser.arguments)
    return [name for name in names if name is not None and name not in _NOT_IN_FILES]


def _checked(key: str, known: Sequence[str], where: str) -> str:
    """Return an option as it is spelt on the command line; underscores are taken for hyphens."""
    name = key.replace("_", "-")
    if name not in known:
        raise InputError(f"{where}: unknown option {key!r}; {meant(name, known)}")
    return name


def _long_name(action: argparse.Action) -> str | None:
    long = [flag[2:] for flag in action.option_strings if flag.startswith("--")]
    return long[0] if long else None


def _words(action: argparse.Action, flag: str, value: Any, where: str) -> list[str]:
    """Return the words of an entry on the command line."""
    if isinstance(action, argparse._CountAction):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"{where}: {value!r} is not a whole number of at least 0")
        return [flag] * value
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise InputError(f"{where}: {value!r} is neither true nor false")
        return [flag] if value else []
    repeated = isinstance(action, argparse._AppendAction)
    if action.nargs is None:
        one_by_one = value if repeated and isinstance(value, list) else [value]
        return [f"{flag}={_text(one, where, action)}" for one in one_by_one]
    if not isinstance(value, list):
        value = [value]
    nested = repeated and bool(value) and all(isinstance(one, list) for one in value)
    times = value if nested else [value]
    return [word for one in times for word in (flag, *(_text(v, where, action) for v in one))]


def _text(value: Any, where: str, action: argparse.Action) -> str:
    """Return a value as it is written on the command line."""
    if isinstance(value, bool):
        if action.metavar != "yes|no":
            raise InputError(f"{where}: {str(value).lower()} is not a value of this option")
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ",".join(_text(one, where, action) for one in value)
    if isinstance(value, dict) and not any(isinstance(one, list | dict) for one in value.values()):
        return ",".join(f"{key}={_text(one, where, action)}" for key, one in value.items())
    raise InputError(f"{where}: {value!r} is not a value of this option")


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name)


def _toml(value: Any) -> str:
    """Return a value in TOML."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, float):
        return str(value)  # TOML, too, has inf and nan
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(str(k))} = {_toml(v)}' for k, v in value.items())}}}"
    # JSON's escapes are TOML's, but for DEL
    text = "none" if isinstance(value, NotGiven) else str(value)
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

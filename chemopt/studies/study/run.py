"""One run of a study: a problem, a method with its options, and a seed."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from functools import cache, cached_property
from typing import Any

from chemopt.errors import ChemoptError, InputError, UnansweredError
from chemopt.execution.clock import LOADING
from chemopt.execution.store import Record
from chemopt.methods.outcome import StopReason
from chemopt.methods.recommend import check_options, recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import METHODS, MethodName, MethodOptions
from chemopt.studies.study.sources import Source
from chemopt.validation import choice, known_option
from chemopt.versions import versions

#: Statuses besides those of a recommendation: the method or the problem does not allow the run; it
#: raised something else; the process that carried it out ended.
REFUSED, FAILED, DIED = "refused", "failed", "died"
#: Not recorded: the deadline of the study cut its time limit short.
UNFINISHED = "unfinished"
IDENTITY = ("problem", "alpha", "beta", "method", "options", "seed")
FIGURES = ("status", "loss", "bound", "gap", "proved", "size", "models", "runtime", "loading",
           "stop_reason", "solver", "error", "versions", "host", "worker", "attempts",
           "finished")  # fmt: skip
_RUN_OPTIONS = ("time_limit", "rel_gap", "threads")


@dataclass(frozen=True)
class Run:
    """A method on a problem.

    Attributes
    ----------
    source : Source
    alpha, beta : float or None
        None for the problem's own.
    method : str
    options : str
        Keywords of `recommend`, and the method's own options, as JSON.
    seed : int
    """

    source: Source
    alpha: float | None
    beta: float | None
    method: MethodName
    options: str
    seed: int

    @cached_property
    def key(self) -> str:
        """What identifies the run in a store."""
        own = [self.source.name, self.source.content, self.alpha, self.beta, self.method,
               self.options, self.seed]  # fmt: skip
        return hashlib.blake2b(json.dumps(own).encode(), digest_size=16).hexdigest()

    @property
    def identity(self) -> Record:
        """The columns that identify the run in a table."""
        given = ", ".join(f"{name}={value}" for name, value in json.loads(self.options).items())
        values = (self.source.name, self.alpha, self.beta, self.method, given, self.seed)
        return dict(zip(IDENTITY, values, strict=True))


def method_options(method: MethodName, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return keywords of `recommend`, those of the method itself as an object of its class.

    Raises
    ------
    InputError
        There is no such method or option, or a value is not valid.

    Examples
    --------
    >>> method_options("hill-climb", {"time_limit": 5, "steps": 3})["time_limit"]
    5
    """
    kind = METHODS[choice("method", method, METHODS)].options
    own = [] if kind is None else [field.name for field in fields(kind)]
    for name in options:
        known_option(f"option of method {method!r}:", name, (*_RUN_OPTIONS, *own))
    keywords: dict[str, Any] = {name: options[name] for name in _RUN_OPTIONS if name in options}
    chosen = {name: options[name] for name in own if name in options}
    if kind is not None and chosen:
        made: MethodOptions = kind(**chosen)
        keywords["options"] = made
    check_options(method, keywords)
    return keywords


def carry_out(run: Run, remaining: float | None = None) -> Record:
    """Carry out a run and return its record, also if it fails.

    Parameters
    ----------
    run : Run
    remaining : float, optional
        Seconds left for the whole study. A run that would have had more is not finished by then,
        and its record says so.

    Raises
    ------
    KeyboardInterrupt
    """
    try:
        problem = run.source.problem()
        weights = {"alpha": run.alpha, "beta": run.beta}
        changes = {name: value for name, value in weights.items() if value is not None}
        keywords = method_options(run.method, json.loads(run.options))
        own = keywords.get("time_limit")
        cut_short = remaining is not None and (own is None or remaining < own)
        if remaining is not None and cut_short:
            keywords["time_limit"] = max(remaining, 1e-3)
        answer = recommend(
            problem.with_options(**changes) if changes else problem,
            run.method,
            seed=run.seed,
            **keywords,
        )
        raise_if_interrupted(answer)
        if cut_short and answer.stop_reason is StopReason.TIME_LIMIT:
            return record_of(run, UNFINISHED)
        return _answered(run, answer)
    except (InputError, UnansweredError) as error:
        return record_of(run, REFUSED, str(error))
    except MemoryError:
        return record_of(run, FAILED, "out of memory")
    except ChemoptError as error:
        return record_of(run, FAILED, str(error))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}, line {where.lineno}"
        return record_of(run, FAILED, f"{type(error).__name__}: {error} ({place})")


def record_of(run: Run, status: str, error: str = "", **figures: Any) -> Record:
    """Return a record: what identifies the run, where it was carried out, and figures."""
    return {
        **run.identity,
        **dict.fromkeys(FIGURES),
        "status": status,
        "proved": False,
        "error": error,
        "models": [],
        "versions": own_versions(),
        "host": socket.gethostname(),
        "worker": f"process {os.getpid()}",
        "attempts": 1,
        "finished": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        **figures,
    }


@cache
def own_versions() -> str:
    """Return the versions in this process in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions().items())


def _answered(run: Run, answer: Recommendation) -> Record:
    return record_of(
        run,
        answer.status.value,
        answer.message,
        alpha=answer.problem.alpha,
        beta=answer.problem.beta,
        loss=answer.loss,
        bound=answer.bound,
        gap=answer.gap,
        proved=answer.proved,
        size=None if answer.loss is None else len(answer.models),
        models=list(answer.models),
        runtime=answer.runtime,
        loading=answer.timings[LOADING],
        stop_reason=answer.stop_reason.value,
        solver=f"{answer.solver} {answer.solver_version}",
    )

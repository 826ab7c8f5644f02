"""Call a function on many arguments, within a deadline, and keep what there is when interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from chemopt.errors import Interrupted
from chemopt.execution.complete import Call, complete
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import open_executor, worker_count

Value = TypeVar("Value")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Gathered(Generic[Value]):
    """What calls came to.

    Attributes
    ----------
    values : dict
        By the number of the argument, in ascending order.
    count : int
        Arguments in all.
    ended_by : {None, "time_limit", "interrupt"}
        Why some are missing.
    """

    values: dict[int, Value]
    count: int
    ended_by: Literal["time_limit", "interrupt"] | None = None

    @property
    def partial(self) -> str:
        """A sentence about what is missing; empty if nothing is."""
        if self.ended_by is None:
            return ""
        why = "interrupted" if self.ended_by == "interrupt" else "the time limit ended it"
        return f"partial: {why} after {len(self.values)} of {self.count} runs"

    def finish(self, result: Result, attributes: dict[Any, Any]) -> Result:
        """Return a result made of the values, marked as partial if it is.

        Parameters
        ----------
        result : object
        attributes : dict
            The ``attrs`` of the result's table: `partial` is set there.

        Raises
        ------
        Interrupted
            The calls were interrupted; it has the result.
        """
        if self.partial:
            attributes["partial"] = self.partial
        if self.ended_by == "interrupt":
            raise Interrupted(self.partial, result)
        return result


def gather(
    function: Callable[..., Value],
    arguments: Sequence[tuple[Any, ...]],
    executor: str | Executor | None = None,
    *,
    deadline: Deadline | None = None,
    most: float = 1.0,
    done: Callable[[int, Value], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Gathered[Value]:
    """Call a function on each tuple of arguments.

    Parameters
    ----------
    function : callable
        Importable, for executors with processes of their own. Its last argument, beyond those
        given, is the number of seconds that the call has, or None: its share of the time left, if
        all calls that are left had the same. What a call does not use is left to the others.
    arguments : sequence of tuple
    executor : str or Executor, optional
        See `chemopt.execution.executors.open_executor`.
    deadline : Deadline, optional
        What is in progress then is given up.
    most : float
        Largest part of the time left that one call gets.
    done : callable, optional
        Called with each number and value as soon as it is there.
    progress : callable, optional
        Called with the calls done and the calls in all.

    Raises
    ------
    KeyboardInterrupt
        Interrupted before any call was done.
    Exception
        That of the first call that raised one.
    """
    deadline = deadline or Deadline()
    values: dict[int, Value] = {}
    left, interrupted = len(arguments), False

    def timed(call: Call) -> Call:
        nonlocal left
        seconds = deadline.part(min(most, worker_count(engine) / left)).time_limit
        left -= 1
        return Call(call.key, (*arguments[int(call.key)], seconds), call.attempts)

    try:
        with open_executor(executor) as engine:
            calls = [Call(str(k), ()) for k in range(len(arguments))]
            for call in complete(function, calls, engine, deadline=deadline, before=timed):
                if call.error is not None:
                    raise call.error
                values[int(call.key)] = call.value
                if done is not None:
                    done(int(call.key), call.value)
                if progress is not None:
                    progress(len(values), len(arguments))
    except KeyboardInterrupt:
        if not values:
            raise KeyboardInterrupt from None  # without what a call inside has of its own result
        interrupted = True
    ordered = dict(sorted(values.items()))
    if interrupted:
        return Gathered(ordered, len(arguments), "interrupt")
    missing = len(values) < len(arguments)
    return Gathered(ordered, len(arguments), "time_limit" if missing else None)

"""Options that several commands share.

An option that is not given is None, and then the default of the Python function applies, so
that each default stands in one place. `given` collects those that were given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, get_args

from chemopt.chemistry.cost import RANK_WEIGHTS
from chemopt.errors import InputError
from chemopt.execution.executors import EXECUTORS_HELP
from chemopt.history.table_files import SUFFIXES
from chemopt.methods.local_search.hill_climb import HillClimbOptions, WhenBad, WhenGood
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS, MipOptions
from chemopt.methods.registry import METHODS, methods_with
from chemopt.outcomes.read import Missing
from chemopt.problem.constrained import CONSTRAINTS, SIZES
from chemopt.problem.formats import READERS
from chemopt.problem.problem import M_INTER_CONVENTIONS
from chemopt.profiles.aggregates import AGGREGATES

HISTORY_OPTIONS = ("on_invalid", "drop_strategies", "ground_truth")
OUTCOMES_HELP = (
    f"outcomes ({', '.join(SUFFIXES)}), or logs of an evaluation tool (chemopt import -h)"
)
OUTCOME_OPTIONS = ("columns", "ignore", "missing", "min_answered", "metric", "prices")
CONSTRAINT_OPTIONS = tuple(name for name in CONSTRAINTS if name != "attributes")
PROBLEM_OPTIONS = ("alpha", "beta", "m_inter", *CONSTRAINT_OPTIONS)
UNSIZED_OPTIONS = tuple(name for name in CONSTRAINT_OPTIONS if name not in SIZES)
SOLVER_OPTIONS = ("time_limit", "rel_gap", "threads", "seed")
# What is said of the time limit of a command that makes many runs.
WHOLE = "for the whole; what is done by then is written (none)"
# Options that belong to some methods only, each with the class that holds it.
OWN_OPTIONS: dict[str, type[HillClimbOptions] | type[MipOptions]] = {
    field.name: kind for kind in (HillClimbOptions, MipOptions) for field in fields(kind)
}
# Options whose spelling on the command line does not follow from that in Python.
FLAG_OF = {
    "drop_strategies": "--drop-strategy",
    "cap": "--no-cap",
    "budgets": "--budget",
    "groups": "--group",
}


_MOST_IN_RANGE = 10_000


class NotGiven:
    """The type of `NONE`, which stands for None as a given value (``--empty-cost none``)."""


NONE = NotGiven()


def flag(option: str) -> str:
    """Return the command-line spelling of an option."""
    return FLAG_OF.get(option, "--" + option.replace("_", "-"))


def given(arguments: argparse.Namespace, options: Sequence[str]) -> dict[str, Any]:
    """Return the options that were given on the command line, by their Python names."""
    values = {option: getattr(arguments, option, None) for option in options}
    return {
        option: None if value is NONE else value
        for option, value in values.items()
        if value is not None
    }


def refuse(arguments: argparse.Namespace, options: Sequence[str], why: str) -> None:
    """Raise if an option was given that has no effect.

    Parameters
    ----------
    arguments : Namespace
    options : sequence of str
        By their Python names.
    why : str
        What the option is for, or what to do instead.

    Raises
    ------
    InputError
    """
    for option in given(arguments, options):
        raise InputError(f"{flag(option)} has no effect here: {why}")


def refuse_amounts(arguments: argparse.Namespace) -> None:
    """Raise if attributes or prices of tokens were given, and no constraint could be about them.

    Raises
    ------
    InputError
    """
    if not given(arguments, ("budgets", "groups")):
        refuse(
            arguments, ("attributes", "prices"),
            "it is for constraints on attributes, and no --budget or --group is given",
        )  # fmt: skip


def add_input(parser: argparse.ArgumentParser, *, prices: bool = True) -> None:
    """Add the input file and the options for reading it; `prices` are of tokens."""
    parser.add_argument(
        "input", metavar="INPUT",
        help=f"history or outcomes ({', '.join(SUFFIXES)}), instance (.json), Max-Cut (.rudy, .mc) "
        "or QUBO (.sparse)",
    )  # fmt: skip
    parser.add_argument(
        "--input-format", choices=tuple(READERS),
        help="read INPUT as a benchmark file of this format, whatever its ending",
    )  # fmt: skip
    add_reading(parser, prices=prices)


def add_outcomes(
    parser: argparse.ArgumentParser, *, gaps: bool = True, token_prices: bool = True
) -> None:
    """Add the options for reading outcomes.

    Parameters
    ----------
    parser : ArgumentParser
    gaps : bool
        Whether there is a choice of what to do with them.
    token_prices : bool
        Whether ``--prices`` is of tokens; commands that take prices of answers add their own.
    """
    group = parser.add_argument_group("reading outcomes")
    group.add_argument(
        "--columns", type=_mapping, metavar="OURS=YOURS,…",
        help="names of the columns where they differ, as 'model=name,correct=is_right'",
    )  # fmt: skip
    group.add_argument(
        "--ignore", type=names, metavar="COLUMN,…",
        help="columns of a table with a column for each model that are no models; 'none' takes "
        "every column for a model (one that looks like something else is an error)",
    )  # fmt: skip
    if gaps:
        group.add_argument(
            "--missing", choices=get_args(Missing)[:-1],
            help="what to do with items that some model has not answered (drop-items)",
        )  # fmt: skip
    group.add_argument(
        "--min-answered", type=number, metavar="SHARE",
        help="leave models out that answered a smaller share of the items (0)",
    )  # fmt: skip
    add_import(group, token_prices)


def add_import(group: argparse._ArgumentGroup, token_prices: bool = True) -> None:
    """Add the options of logs of evaluation tools, and of costs."""
    group.add_argument(
        "--metric", metavar="NAME",
        help="score of a log that counts, where there are several (docs/importing.md)",
    )  # fmt: skip
    if not token_prices:
        return
    group.add_argument(
        "--prices", metavar="FILE",
        help="table with columns model, input, output (prices per million tokens), and if need be "
        "date: costs are computed from input_tokens and output_tokens",
    )  # fmt: skip


def add_task(parser: argparse.ArgumentParser) -> None:
    """Add the choice of a task."""
    parser.add_argument(
        "--task", help="task to look at; a history of several needs one, outcomes are pooled"
    )


def add_reading(parser: argparse.ArgumentParser, *, prices: bool = True) -> None:
    """Add the options for reading a history or outcomes; `prices` are of tokens."""
    add_task(parser)
    add_outcomes(parser, token_prices=prices)
    group = parser.add_argument_group("learning from a history or outcomes")
    group.add_argument(
        "--on-invalid", choices=("raise", "drop"), help="what to do with invalid rows (raise)"
    )
    group.add_argument(
        "--drop-strategy", dest="drop_strategies", action="append", metavar="NAME",
        help="leave out rows of this strategy; repeatable; 'none' keeps all (CHEMISTRY)",
    )  # fmt: skip
    group.add_argument(
        "--ground-truth", type=_yes_no, metavar="yes|no",
        help="whether answers were compared with a ground truth, for accuracies that have to be "
        "computed (yes)",
    )  # fmt: skip
    group.add_argument(
        "--aggregate", choices=AGGREGATES,
        help="how rows become a profile (best; mean for outcomes)",
    )  # fmt: skip
    group.add_argument(
        "--accuracy-floor", type=number, metavar="A",
        help="lowest accuracy of a row (0.1; 0 for outcomes)",
    )  # fmt: skip
    group.add_argument(
        "--usage-threshold", type=number, metavar="A",
        help="a model is used when its accuracy is above this (0.5; 0 for outcomes)",
    )  # fmt: skip


def add_cost(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options of the cost of a set of models."""
    group = parser.add_argument_group("computing chemistry")
    group.add_argument(
        "--empty-cost", type=number_or_none, metavar="COST|none",
        help="cost of a set without a used model; 'none' leaves such sets out (1; none for "
        "outcomes)",
    )  # fmt: skip
    group.add_argument("--weights", choices=tuple(RANK_WEIGHTS), help="rank weights (reciprocal)")
    return group


def add_chemistry(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options for computing chemistry from profiles."""
    group = add_cost(parser)
    group.add_argument("--tau", type=number, help="entries below this become 0 (0)")
    return group


def add_problem(
    parser: argparse.ArgumentParser, several: bool = False, *, weights: bool = True
) -> None:
    """Add the options of the selection problem.

    Parameters
    ----------
    parser : ArgumentParser
    several : bool
        Whether α and β may be lists.
    weights : bool
        Whether there are α and β at all.
    """
    group = parser.add_argument_group("the problem")
    if weights:
        _add_weights(group, several)
    group.add_argument(
        "--m-inter", choices=M_INTER_CONVENTIONS, help="convention for M_inter (published)"
    )
    add_constraints(parser)


def _add_weights(group: argparse._ArgumentGroup, several: bool) -> None:
    read: Callable[[str], Any] = numbers if several else number
    hint = ", several separated by commas or as FROM:TO:STEP" if several else ""
    group.add_argument("--alpha", type=read, help=f"weight of the inter term, 0 to 1{hint} (0.5)")
    group.add_argument("--beta", type=read, help=f"size penalty of each model{hint} (0.5)")


def add_constraints(parser: argparse.ArgumentParser, *, sizes: bool = True) -> None:
    """Add the options that say which ensembles are feasible, with or without bounds on sizes."""
    group = parser.add_argument_group("which ensembles are feasible")
    if sizes:
        group.add_argument(
            "--min-size", type=whole, metavar="K", help="smallest ensemble (2; 1 for select)"
        )
        group.add_argument("--max-size", type=whole, metavar="K", help="largest ensemble")
        group.add_argument("--size", type=whole, metavar="K", help="exact size of the ensemble")
    group.add_argument(
        "--require", action="append", metavar="MODEL", help="must be chosen; repeatable"
    )
    group.add_argument(
        "--exclude", action="append", metavar="MODEL", help="must not be chosen; repeatable"
    )
    group.add_argument(
        "--budget", dest="budgets", action="append", metavar="ATTRIBUTE<=LIMIT",
        help="largest sum of an attribute, as 'price<=3'; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--group", dest="groups", action="append", metavar="ATTRIBUTE[=VALUE]<=COUNT",
        help="how many models may (<=) or must (>=, ==) have a value of an attribute, as "
        "'provider=acme<=2', or 'provider<=2' for every value; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--apart", nargs=2, action="append", metavar=("A", "B"),
        help="two models that must not both be chosen; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--together", nargs=2, action="append", metavar=("A", "B"),
        help="two models that must both be chosen or both not; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--forbid", nargs="+", action="append", metavar="MODEL",
        help="an ensemble that must not be the answer; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--attributes", metavar="FILE",
        help="table with a column 'model' and the attributes that budgets and groups name; data "
        "provide the means of their columns 'cost', 'latency' and 'elapsed'",
    )  # fmt: skip


def add_formulation(group: argparse._ArgumentGroup) -> None:
    """Add the choice of a formulation."""
    group.add_argument(
        "--formulation",
        choices=FORMULATIONS,
        help=f"formulation for HiGHS (linearised); CP-SAT takes {', '.join(CP_SAT_FORMULATIONS)}",
    )


def add_method(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the choice of a method, and the options that belong to some methods only."""
    group = parser.add_argument_group("the method")
    group.add_argument("--method", choices=tuple(METHODS), help="how to choose (auto)")
    add_formulation(group)
    group.add_argument("--steps", type=whole, help="hill-climb: moves of one climb (10)")
    group.add_argument(
        "--fallback-good", choices=get_args(WhenGood),
        help="hill-climb: what to recommend without chemistry when all are good (single)",
    )  # fmt: skip
    group.add_argument(
        "--fallback-bad", choices=get_args(WhenBad),
        help="hill-climb: what to recommend without chemistry when all are bad (none)",
    )  # fmt: skip
    return group


def method_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the method, its own options and those of solving, as `recommend` takes them.

    Raises
    ------
    InputError
        An option was given that the method has no use for; the message names those that have.
    """
    chosen = given(arguments, ("method", *SOLVER_OPTIONS, "verbose"))
    own = given(arguments, tuple(OWN_OPTIONS))
    if not own:
        return chosen
    method = chosen.get("method", "auto")
    for option in own:
        takers = methods_with(OWN_OPTIONS[option])
        # "auto" takes the options of methods that prove optima
        if method not in takers and not (method == "auto" and METHODS[takers[0]].proves):
            names = " and ".join(takers)
            raise InputError(f"{flag(option)} is an option of {names}, not of method {method!r}")
    kind = OWN_OPTIONS[next(iter(own))]
    return {**chosen, "options": kind(**own)}


def add_plot(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the file for a picture; `what` says what it shows."""
    parser.add_argument(
        "--plot", metavar="FILE",
        help=f"also draw {what} into this file (.png, .svg, .pdf, …; needs Matplotlib)",
    )  # fmt: skip


def add_solver(parser: argparse.ArgumentParser, limited: str = "for each run (none)") -> None:
    """Add the options of solvers; `limited` says what the time limit is of."""
    group = parser.add_argument_group("solving")
    group.add_argument("--time-limit", type=number, metavar="SECONDS", help=limited)
    group.add_argument("--rel-gap", type=number, metavar="GAP", help="relative gap to stop at (0)")
    group.add_argument("--threads", type=whole, help="cores that a method may use (1)")
    group.add_argument("--seed", type=whole, help="seed of a solver (0)")


def add_executor(group: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add where runs are carried out."""
    group.add_argument("--executor", metavar="EXECUTOR", help=f"{EXECUTORS_HELP} (serial)")


def add_output(
    parser: argparse.ArgumentParser, formats: Sequence[str] = ("table", "json", "csv")
) -> None:
    """Add the options of the form and the file of the result."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format", choices=formats,
        help=f"form of the result (by the ending of -o, else {formats[0]})",
    )  # fmt: skip
    group.add_argument(
        "-o", "--output", metavar="FILE", help="write to this file, all at once, instead of stdout"
    )


def number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def numbers(text: str) -> list[float]:
    """Read numbers separated by commas, and ranges FROM:TO:STEP, which include both ends.

    Examples
    --------
    >>> numbers("0.5,0.7:0.9:0.1")
    [0.5, 0.7, 0.8, 0.9]
    """
    return [value for part in text.split(",") for value in _range(part)]


def _range(text: str) -> list[float]:
    """Read a number or a range."""
    parts = text.split(":")
    if len(parts) == 1:
        return [number(text)]
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form FROM:TO:STEP")
    # decimal arithmetic, so that 0:1:0.1 has eleven values and the seventh is 0.6
    try:
        start, stop, step = (Decimal(part.strip()) for part in parts)
        count = int((stop - start) / step)
    except (ArithmeticError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of numbers") from None
    if not 0 <= count < _MOST_IN_RANGE:
        raise argparse.ArgumentTypeError(
            f"{text!r} has no value, or more than {_MOST_IN_RANGE}; ranges are FROM:TO:STEP"
        )
    return [float(start + k * step) for k in range(count + 1)]


def number_or_none(text: str) -> float | NotGiven:
    """Read a number or the word none."""
    if text.lower() == "none":
        return NONE
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'none'") from None


def whole(text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def wholes(text: str) -> list[int]:
    """Read whole numbers separated by commas."""
    return [whole(part) for part in text.split(",")]


def names(text: str) -> list[str]:
    """Read names separated by commas; the word none is none."""
    return (
        [] if text.lower() == "none" else [part.strip() for part in text.split(",") if part.strip()]
    )


def _mapping(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if not pairs or not all(own.strip() and theirs.strip() for own, _, theirs in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form OURS=YOURS,OURS=YOURS")
    return {own.strip(): theirs.strip() for own, _, theirs in pairs}


def _yes_no(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'yes' nor 'no'")
    return text.lower() == "yes"

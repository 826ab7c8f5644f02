"""`recommend` and `best_ensembles` on random problems, against all ensembles in exact rationals."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from benchmarks.agreement.compared import baseline_defects
from benchmarks.agreement.random_problems import RandomProblem, random_problem
from benchmarks.agreement.rational import Ensemble, Enumeration
from benchmarks.agreement.verdicts import BETWEEN, NONE, Verdict, tried
from chemopt.analysis.alternatives import best_ensembles
from chemopt.analysis.baselines import baselines
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS, MipOptions
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import METHODS, MethodName

#: Every method, with every formulation it takes.
METHODS_TRIED: tuple[tuple[MethodName, str], ...] = (
    *((name, "") for name in METHODS if name not in ("highs", "cp-sat")),
    *(("highs", name) for name in FORMULATIONS),
    *(("cp-sat", name) for name in CP_SAT_FORMULATIONS),
)
#: Those that rank ensembles.
RANKING: tuple[MethodName, ...] = ("auto", "exact", "brute-force", "highs", "cp-sat")
# Searches without a proof go on until their time is up.
_SEARCH_SECONDS = 0.05
_RANKS = 4


def recommendations(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Try methods on a random problem.

    Parameters
    ----------
    seed, number : int
        Of the problem.
    most : int
        Largest number of models.
    time_limit : float
        Seconds a run; searches without a proof get a twentieth of a second.
    methods : collection of str
        Their names; HiGHS and CP-SAT with every formulation that they take.

    Examples
    --------
    >>> found = recommendations(0, 1, 4, 20.0, ["exact", "cp-sat"])
    >>> [verdict.variant for verdict in found]
    ['', 'linearised', 'triangles', 'clique']
    """
    drawn = random_problem(seed, number, most)
    exact = Enumeration(drawn)
    for method, formulation in METHODS_TRIED:
        if method not in methods:
            continue
        seconds = time_limit if METHODS[method].proves else min(time_limit, _SEARCH_SECONDS)
        options = MipOptions(formulation) if formulation else None  # type: ignore[arg-type]

        def run(
            method: MethodName = method,
            options: MipOptions | None = options,
            seconds: float = seconds,
        ) -> Recommendation:
            return recommend(drawn.problem, method, options=options, time_limit=seconds)

        result, detail = tried(
            run,
            lambda answer: chain(_defects(exact, answer, exact.least()), _compared(drawn, answer)),
            _result,
            feasible=exact.least() is not None,
        )
        yield Verdict(number, drawn.kind, method, formulation, result, detail)


def rankings(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Rank the four best ensembles of a random problem; parameters as for `recommendations`."""
    drawn = random_problem(seed, number, most)
    exact = Enumeration(drawn)
    for method in RANKING:
        if method not in methods:
            continue

        def run(method: MethodName = method) -> list[Recommendation]:
            return best_ensembles(drawn.problem, _RANKS, method, time_limit=time_limit)

        result, detail = tried(
            run,
            lambda answers: _rank_defects(exact, answers),
            lambda answers: _result(answers[-1]) if answers else NONE,
            feasible=exact.least() is not None,
        )
        yield Verdict(number, drawn.kind, method, "", result, detail)


def _result(answer: Recommendation) -> str:
    if answer.status in (Status.OPTIMAL, Status.INFEASIBLE):
        return str(answer.status.value)
    return BETWEEN if answer.loss is not None else NONE


def _defects(
    exact: Enumeration, answer: Recommendation, least: Ensemble | None
) -> Iterator[tuple[str, str]]:
    """Hold an answer against the least loss of what it chose from."""
    if answer.status is Status.INFEASIBLE and least is not None:
        yield "false infeasible", f"{_shown(least)} is feasible"
    if least is not None and answer.bound is not None and exact.bound_is_false(answer.bound, least):
        told = f"{_shown(least)} has {float(exact.loss(least))!r}"
        yield "false bound", f"{answer.bound!r}, but {told}"
    if answer.loss is None or answer.stop_reason is StopReason.FALLBACK:
        return  # a fallback goes by profiles alone
    found = exact.find(answer.models)
    if found is None:
        yield "false feasible", f"{', '.join(answer.models)} breaks a constraint"
        return
    loss = float(exact.loss(found))
    if exact.loss_is_false(answer.loss, found):
        yield "false loss", f"{answer.loss!r} of {', '.join(answer.models)}, which is {loss!r}"
    if answer.status is Status.OPTIMAL and least is not None and exact.above(found, least):
        told = f"{_shown(least)} has {float(exact.loss(least))!r}"
        yield "false optimal", f"{', '.join(answer.models)} with {loss!r}, but {told}"


def _compared(drawn: RandomProblem, answer: Recommendation) -> Iterator[tuple[str, str]]:
    """Look at what an ensemble is compared with, where accuracies are known."""
    profiles = drawn.problem.profiles
    if profiles is None or not answer.models or answer.method != "auto":
        return
    known = profiles.frame["accuracy"]
    accuracy = {str(name): float(value) for name, value in known.items()}
    rows = baselines(drawn.problem, answer.models)
    yield from baseline_defects(drawn.conditions, accuracy, rows, len(answer.models))


def _rank_defects(exact: Enumeration, answers: list[Recommendation]) -> Iterator[tuple[str, str]]:
    """Hold each answer against the ensembles that are not above it."""
    left = exact.ranked()
    for answer in answers:
        yield from _defects(exact, answer, left[0] if left else None)
        if answer.models in {other.models for other in answers if other is not answer}:
            yield "false ranking", f"{', '.join(answer.models)} comes twice"
        left = [one for one in left if one.models != set(answer.models)]
    proved = all(answer.status is Status.OPTIMAL for answer in answers)
    if len(answers) < _RANKS and left and proved:
        yield "false ranking", f"{len(answers)} ensembles, but {_shown(left[0])} is feasible"


def _shown(ensemble: Ensemble) -> str:
    return f"{{{', '.join(sorted(ensemble.models))}}}"

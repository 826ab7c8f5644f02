"""Guards: what a reader of a recommendation should know before trusting it.

Chemistry is learned from profiles, and the loss knows nothing else. Where few models are used the
table is nearly empty, and an ensemble of least loss is as good as any other; where accuracies are
low, weak models may have the most chemistry. An answer is then "optimal, proved" and of no use. The
guards say so, a sentence each.
"""

from __future__ import annotations

from chemopt.methods.accuracy import accuracies, available, mean_accuracy
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.registry import BASELINES, METHODS, MethodName
from chemopt.methods.ties import ties_with
from chemopt.problem.baselines import is_constrained, most_accurate
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.profiles import USAGE_THRESHOLD
from chemopt.profiles.saturation import check_saturation
from chemopt.validation import number
from chemopt.wording import counted, listed

# Accuracies are shown with three decimals: a smaller difference is none to warn of.
_VISIBLE = 5e-4
# Under constraints, top-k is looked for with this many nodes: a warning is no reason to wait.
_TOP_K_NODES = 100


def problem_warnings(problem: ChemistryProblem) -> tuple[str, ...]:
    """Warn of the data behind a problem: its history, its profiles and its table.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0] * 3] * 3)
    >>> problem_warnings(ChemistryProblem(table))
    ('No pair of models has chemistry, so all ensembles of one size are equal.',)
    """
    found: list[str] = []
    if problem.profiles is not None:
        found += check_saturation(problem.profiles, usage_threshold(problem)).warnings
    pairs = problem.table.upper
    if not problem.table.largest:
        found.append("No pair of models has chemistry, so all ensembles of one size are equal.")
    elif len(pairs) > 1 and problem.table.is_constant:
        found.append(
            f"All pairs have the same chemistry, {pairs[0]:g}, so all ensembles of one size are "
            "equal."
        )
    return (*problem.constraint_warnings, *found)


def ensemble_warnings(
    problem: ChemistryProblem, models: tuple[str, ...], method: MethodName, *, ties: bool = True
) -> tuple[str, ...]:
    """Warn of an ensemble that a method recommends.

    Parameters
    ----------
    problem : ChemistryProblem
        M_inter is computed.
    models : tuple of str
        The ensemble, feasible.
    method : str
    ties : bool
        Whether to look for ties; swaps do not know constraints that a user added to a model.

    Returns
    -------
    tuple of str
        Without profiles only ties are looked for.
    """
    if not models:
        return ()
    found = [_unused(problem, models), _below_random(problem, models)]
    if method not in BASELINES:  # which choose by other things than chemistry
        tied = _ties(problem, models, method) if ties else ""
        found = [tied, *found, _top_k(problem, models)]
    return tuple(warning for warning in found if warning)


def usage_threshold(problem: ChemistryProblem) -> float:
    """Return the accuracy above which a model is used, as it was when the table was made."""
    threshold = problem.table.settings.get("usage_threshold", USAGE_THRESHOLD)
    return number("usage_threshold", threshold, 0, 1)


def _ties(problem: ChemistryProblem, models: tuple[str, ...], method: MethodName) -> str:
    """Tell whether a swap leaves the loss as it is, and what decided."""
    neighbourhood = Neighbourhood(problem)
    neighbourhood.start(neighbourhood.indicator(models))
    if neighbourhood.equal_swap(None, ties_with(problem, problem.positions(models))) is None:
        return ""
    if not METHODS[method].ties_by_accuracy:
        decided = f"{method} takes the first it finds, not the most accurate"
    elif problem.profiles is None:
        decided = "order decided, since accuracies are not known"
    else:
        decided = "accuracy decided"
    return f"Members were chosen among ties, swaps that leave the loss as it is: {decided}."


def _unused(problem: ChemistryProblem, models: tuple[str, ...]) -> str:
    """Name the members that are not used, so that the table has nothing on them."""
    accuracy = accuracies(problem)
    if accuracy is None:
        return ""
    threshold = usage_threshold(problem)
    silent = ~(accuracy > threshold) & (problem.table.degrees == 0)
    unused = [problem.models[k] for k in problem.positions(models) if silent[k]]
    if not unused:
        return ""
    have, them = ("has", "it") if len(unused) == 1 else ("have", "them")
    return (
        f"{len(unused)} of {counted(len(models), 'member')} ({listed(unused)}) {have} no accuracy "
        f"above the usage threshold {threshold:g}: chemistry says nothing of {them}."
    )


def _below_random(problem: ChemistryProblem, models: tuple[str, ...]) -> str:
    """Tell when members drawn at random would be more accurate."""
    members = mean_accuracy(problem, models)
    expected = mean_accuracy(problem, available(problem))
    if not members < expected - _VISIBLE:
        return ""
    of = (
        "all models that are not excluded"
        if is_constrained(problem)
        else "a random ensemble of this size"
    )
    return f"The members' mean accuracy, {members:.3f}, is below that of {of}, {expected:.3f}."


def _top_k(problem: ChemistryProblem, models: tuple[str, ...]) -> str:
    """Tell when the most accurate models are the answer, unless there was no choice."""
    k, accuracy = len(models), accuracies(problem)
    if accuracy is None or k == len(available(problem)):
        return ""
    top = most_accurate(problem, accuracy, k, models, nodes=_TOP_K_NODES)
    if not top.proved or top.models != tuple(sorted(models)):
        return ""
    return f"Top-k by accuracy with k = {k} gives the same: chemistry changed nothing."

"""chemopt's fallback: without chemistry, profiles alone decide.

The profiles of the models in historical subsets are compared. All bad (largest a ≤ 0.5 and largest
q ≤ 5) gives none, or the single best if ``fallback_bad="single"``; all good (smallest a ≥ 0.9 and
smallest q ≥ 9) gives the single best, or all if ``fallback_good="all"``; otherwise the single best.
Best is by accuracy, then quality, then shorter name, then name. A fallback may be smaller than the
default `min_size`, but not smaller than one that was given.

These rules are the reference's, but it applies them only to a table without any entry. Where its
table has entries and all of them are 0, it recommends nothing. Here a pair without an entry is a
pair of chemistry 0, and the rules apply to both.
"""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.problem.check import violations
from chemopt.problem.problem import ChemistryProblem

GOOD_ACCURACY, GOOD_QUALITY = 0.9, 9.0
BAD_ACCURACY, BAD_QUALITY = 0.5, 5.0


@dataclass(frozen=True)
class Fallback:
    """The models that profiles choose, or None, and why."""

    models: frozenset[str] | None
    message: str


def fall_back(problem: ChemistryProblem, when_good: str, when_bad: str) -> Fallback:
    """Choose models by their profiles.

    Parameters
    ----------
    problem : ChemistryProblem
    when_good, when_bad : str
        The options `fallback_good` and `fallback_bad`.
    """
    why = "no pair of models has chemistry"
    if problem.profiles is None:
        return Fallback(None, f"{why}, and there are no profiles to go by")
    subsets = problem.subsets or ()
    pool = {name for subset in subsets for name in subset} or set(problem.models)
    pool = (pool | set(problem.require)) - set(problem.exclude)
    if not pool:
        return Fallback(None, f"{why}, and every model is excluded")
    frame = problem.profiles.frame.loc[sorted(pool), ["accuracy", "quality"]].fillna(0.0)
    accuracy, quality = frame["accuracy"], frame["quality"]
    best = min(pool, key=lambda m: (-accuracy[m], -quality[m], len(m), m))
    if accuracy.max() <= BAD_ACCURACY and quality.max() <= BAD_QUALITY:
        verdict = "all models are bad"
        chosen = {best} if when_bad == "single" else set()
    elif accuracy.min() >= GOOD_ACCURACY and quality.min() >= GOOD_QUALITY:
        verdict = "all models are good"
        chosen = pool if when_good == "all" else {best}
    else:
        verdict = "models differ"
        chosen = {best}
    if not chosen:
        return Fallback(None, f"{why}, and {verdict}")
    chosen |= set(problem.require)
    broken = violations(relaxed_for_fallback(problem), chosen)
    if broken:
        names = ", ".join(sorted(chosen))
        return Fallback(
            None, f"{why}; {verdict}, and the fallback {names} is infeasible: {'; '.join(broken)}"
        )
    return Fallback(
        frozenset(chosen), f"{why}; {verdict}, so by chemopt's fallback profiles alone decide"
    )


def relaxed_for_fallback(problem: ChemistryProblem) -> ChemistryProblem:
    """Return the problem that a fallback has to meet: without the default smallest size."""
    if problem.constraints.min_size is None and problem.constraints.size is None:
        return problem.with_options(min_size=0)
    return problem

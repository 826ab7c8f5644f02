"""How much a recommendation depends on the trials that happen to be in the history.

The bootstrap (Efron, Annals of Statistics 7, 1979) over trials: as many trials as there are, drawn
with replacement, give another history of the same kind; from it profiles, chemistry and the
recommendation are computed anew. A model that is recommended in nearly all resamples is a safe
choice. A model that is in no drawn trial has no profile, and so no chemistry.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.analysis.compare import shared_models
from chemopt.chemistry.compute import compute_chemistry
from chemopt.errors import UnansweredError
from chemopt.execution.deadline import Deadline
from chemopt.execution.gather import gather
from chemopt.history.histories import History
from chemopt.methods.recommend import check_options, recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.profiles import Profiles, learn_profiles
from chemopt.progress import Progress, reporter
from chemopt.validation import instance_of, whole

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False)
class Stability:
    """How a recommendation changes when the history is resampled.

    Attributes
    ----------
    recommendation : Recommendation
        That of the history as it is.
    inclusion : DataFrame
        A row for each model, the most frequent first: `model`; `chosen`, whether it is in the
        recommendation; `frequency`, the share of resamples whose recommendation has it; `se`, the
        standard error of that share from the number of resamples.
    resamples : DataFrame
        A row for each resample: `loss`, `status`, `size`, `jaccard` (models in common with the
        recommendation, divided by models in either), `models`. Without a feasible ensemble the
        loss is NaN and the models are none.
    """

    recommendation: Recommendation
    inclusion: pd.DataFrame
    resamples: pd.DataFrame

    def summary(self) -> str:
        """Return a line: how often the same ensemble, and how much of it, comes out."""
        same = (self.resamples["jaccard"] == 1).mean()
        return (
            f"{len(self.resamples)} resamples: the same ensemble in {same:.0%}; on average "
            f"{self.resamples['jaccard'].mean():.0%} of the models in either are in both; sizes "
            f"{self.resamples['size'].min()} to {self.resamples['size'].max()}"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how often each model is recommended: `chemopt.plots.inclusion`."""
        from chemopt.plots.models import inclusion as draw_inclusion

        about = self.recommendation.problem.caption()
        return draw_inclusion(self.inclusion, len(self.resamples), about=about, ax=ax)

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()


def stability(
    history: History,
    task: str | None = None,
    *,
    resamples: int = 100,
    seed: int = 0,
    profile_options: Mapping[str, Any] | None = None,
    chemistry_options: Mapping[str, Any] | None = None,
    problem_options: Mapping[str, Any] | None = None,
    method: MethodName = "auto",
    time_limit: float | None = None,
    executor: str | Executor | None = None,
    progress: Progress = None,
    **options: Any,
) -> Stability:
    """Recommend from resampled histories, and count which models are chosen.

    Parameters
    ----------
    history : History
    task : str, optional
        Task to look at; needed when the history has several.
    resamples : int
        At least 1.
    seed : int
        Of the resampling and of the method.
    profile_options, chemistry_options, problem_options : mapping, optional
        What to give `learn_profiles`, `compute_chemistry` and `ChemistryProblem`.
    method : str
    time_limit : float, optional
        Seconds for the whole. Each recommendation gets its share of what is left.
    executor : {"serial", "processes"} or str or Executor, optional
        Where resamples are computed; see `chemopt.execution.executors.open_executor`.
    progress : bool or callable, optional
        True shows a bar; a function is called with the resamples done and their number.
    **options
        As for `recommend`.

    Raises
    ------
    InputError
        An option is not valid.
    UnansweredError
        The time limit ended it before any resample was done.
    Interrupted
        By Ctrl-C; it has the result of the resamples so far.

    Examples
    --------
    >>> from chemopt import load_history
    >>> from chemopt.history.generate import generate_history
    >>> history = load_history(generate_history(models=5, trials=30, seed=1))
    >>> found = stability(history, resamples=20, profile_options={"aggregate": "mean"},
    ...                   chemistry_options={"empty_cost": None})
    >>> found.inclusion["frequency"].between(0, 1).all()
    np.True_
    """
    progress = reporter(progress, "resamples")
    hint = "load one: load_history(path)"
    instance_of("stability needs a History", history, History, hint)
    check_options(method, {**options, "time_limit": time_limit})
    whole("resamples", resamples, 1)
    whole("seed", seed, 0)
    pool, history = history.models, history.take_task(task)
    # trials by name, so that the order of rows does not decide which are drawn
    of_trial = dict(sorted(history.frame.groupby("trial").indices.items()))
    names = list(of_trial)
    rng = np.random.default_rng(seed)

    settings = _Settings(
        history, pool, dict(profile_options or {}), dict(chemistry_options or {}),
        dict(problem_options or {}), method, {**options, "seed": seed},
    )  # fmt: skip
    deadline = Deadline.after(time_limit)
    limit = deadline.part(1 / (resamples + 1)).time_limit
    whole_history = _answer(settings, np.arange(len(history.frame)), limit)
    drawn = [rng.integers(0, len(names), len(names)) for _ in range(resamples)]
    gathered = gather(
        _resampled,
        [(settings, np.concatenate([of_trial[names[k]] for k in trials])) for trials in drawn],
        executor, deadline=deadline, progress=progress,
    )  # fmt: skip
    if not gathered.values:
        raise UnansweredError("the time limit ended it before any resample was done")
    found = _summarised(whole_history, list(gathered.values.values()))
    return gathered.finish(found, found.resamples.attrs)


@dataclass(frozen=True)
class _Settings:
    """What each resample is computed with."""

    history: History
    pool: tuple[str, ...]
    profiles: Mapping[str, Any]
    chemistry: Mapping[str, Any]
    problem: Mapping[str, Any]
    method: MethodName
    solving: Mapping[str, Any]


@dataclass(frozen=True)
class _Resample:
    """What a resample comes to, without its problem."""

    models: tuple[str, ...]
    loss: float | None
    status: str


def _answer(
    settings: _Settings, positions: npt.NDArray[np.integer[Any]], seconds: float | None
) -> Recommendation:
    """Recommend from some rows of the history, by their numbers."""
    history = settings.history
    rows = replace(history, frame=history.frame.iloc[positions])
    profiles = _with_all_models(learn_profiles(rows, **settings.profiles), settings.pool)
    table = compute_chemistry(profiles, **settings.chemistry)
    problem = ChemistryProblem(table, profiles=profiles, **settings.problem)
    found = recommend(problem, settings.method, time_limit=seconds, **settings.solving)
    raise_if_interrupted(found)
    return found


def _resampled(
    settings: _Settings, positions: npt.NDArray[np.integer[Any]], seconds: float | None
) -> _Resample:
    found = _answer(settings, positions, seconds)
    return _Resample(found.models, found.loss, found.status.value)


def _with_all_models(profiles: Profiles, models: tuple[str, ...]) -> Profiles:
    """Add models that were not drawn: they have no profile, and are not used."""
    frame = profiles.frame.reindex(pd.Index(models, name=profiles.frame.index.name))
    frame["count"] = frame["count"].fillna(0).astype(int)
    frame["trial"] = frame["trial"].astype(object).where(frame["trial"].notna(), None)
    return replace(profiles, frame=frame)


def _summarised(whole_history: Recommendation, found: list[_Resample]) -> Stability:
    chosen = set(whole_history.models)
    pool = whole_history.problem.models
    counts = np.array([[model in answer.models for model in pool] for answer in found])
    frequency = counts.mean(axis=0)
    inclusion = pd.DataFrame(
        {
            "model": list(pool),
            "chosen": [model in chosen for model in pool],
            "frequency": frequency,
            "se": np.sqrt(frequency * (1 - frequency) / len(found)),
        }
    ).sort_values(["frequency", "model"], ascending=[False, True], ignore_index=True)
    resamples = pd.DataFrame(
        {
            "loss": [np.nan if answer.loss is None else answer.loss for answer in found],
            "status": [answer.status for answer in found],
            "size": [len(answer.models) for answer in found],
            "jaccard": [shared_models(chosen, answer.models) for answer in found],
            "models": [answer.models for answer in found],
        }
    )
    return Stability(whole_history, inclusion, resamples)

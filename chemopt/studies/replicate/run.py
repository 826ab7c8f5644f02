"""The entry point: all experiments on all data, under all settings of a convention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from chemopt.progress import Progress, reporter
from chemopt.studies.diversity.complementarity import Convention
from chemopt.studies.replicate.bootstrap import UNITS, Unit, draw_weights
from chemopt.studies.replicate.data import read_published
from chemopt.studies.replicate.experiments import rq1, rq2, rq3
from chemopt.studies.replicate.experiments.configurations import (
    Configuration,
    configurations,
    without_repeats,
)
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.experiments.measures import Estimate
from chemopt.studies.replicate.published import (
    BASELINES,
    CHEMISTRY,
    DATASETS,
    SIZES,
    published_value,
)
from chemopt.studies.replicate.replication import Replication
from chemopt.studies.replicate.settings import CONVENTIONS, EXPERIMENTS, Experiment, settings_of
from chemopt.studies.replicate.verdicts import RULES, claim_of, verdict
from chemopt.validation import choice, whole


def replicate(
    data_dir: str | Path,
    experiment: Experiment | Literal["all"] = "all",
    convention: Convention = "reference",
    *,
    unit: Unit = "trial",
    resamples: int = 2000,
    seed: int = 0,
    progress: Progress = None,
) -> Replication:
    """Replicate the published experiments.

    Parameters
    ----------
    data_dir : path
        The folder with the published histories `runs.csv`, `runs2.csv` and `runs3.csv` (from
        https://github.com/SRI-CSL/llm-chemistry, Apache-2.0).
    experiment : {"rq1", "rq2", "rq3", "all"}
        Which one.
    convention : {"reference", "corrected"}
        ``"reference"`` computes as the reference does, ``"corrected"`` also with its mistakes
        corrected, one at a time and together (see `chemopt.studies.replicate.settings`).
    unit : {"trial", "batch"}
        The unit of resampling (see `chemopt.studies.replicate.bootstrap`).
    resamples : int
        Draws of the bootstrap, at least 100.
    seed : int
        Seed of the bootstrap.
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of steps done and of all steps.

    Returns
    -------
    Replication

    Raises
    ------
    InputError
        A file is missing or not the published one, or an option is out of its range.
    """
    progress = reporter(progress, "experiments")
    choice("experiment", experiment, (*EXPERIMENTS, "all"))
    choice("convention", convention, CONVENTIONS)
    choice("unit", unit, UNITS)
    whole("resamples", resamples, 100)
    whole("seed", seed, 0)
    histories = read_published(data_dir)
    chosen: tuple[Experiment, ...] = EXPERIMENTS if experiment == "all" else (experiment,)
    total = len(histories) * len(SIZES) * sum(len(settings_of(e, convention)) for e in chosen)
    done = 0
    records: list[dict[str, object]] = []
    for number, (dataset, history) in enumerate(histories.items()):
        every = configurations(history.frame, (CHEMISTRY, *BASELINES))
        learned = Learned(history)
        for name in chosen:
            evaluated = evaluated_by(name, every)
            for size in SIZES:
                ensembles = [c for c in evaluated if c.size == size]
                # The same draws for all settings, so that they differ only by the corrections.
                rng = np.random.default_rng([seed, number, size])
                weights = draw_weights([c.trial for c in ensembles], unit, resamples, rng)
                for setting in settings_of(name, convention):
                    estimates = _COMPUTE[name](learned, ensembles, setting, weights)
                    records += [
                        {"experiment": name, "dataset": dataset, "size": size,
                         "setting": setting.name, **_beside(name, dataset, size, estimate)}
                        for estimate in estimates
                    ]  # fmt: skip
                    done += 1
                    if progress is not None:
                        progress(done, total)
    # By experiment first, the order of the report.
    figures = pd.DataFrame(records).sort_values("experiment", kind="stable", ignore_index=True)
    files = pd.DataFrame(
        {
            "dataset": [data.name for data in DATASETS],
            "file": [data.file for data in DATASETS],
            "rows": [len(histories[data.name].frame) for data in DATASETS],
            "trials": [histories[data.name].frame["trial"].nunique() for data in DATASETS],
            "complexity": [data.complexity for data in DATASETS],
        }
    )
    return Replication(figures, files, convention, unit, resamples, seed)


def evaluated_by(experiment: Experiment, every: Sequence[Configuration]) -> list[Configuration]:
    """Return the configurations that an experiment evaluates."""
    if experiment == "rq1":
        return [c for c in every if c.rows > 1]
    distinct = without_repeats(c for c in every if c.strategy in BASELINES)
    return distinct if experiment == "rq2" else [c for c in distinct if len(c) > 1]


def _beside(experiment: str, dataset: str, size: int, estimate: Estimate) -> dict[str, object]:
    """Return an estimate with the published figure, the claim and the verdict."""
    published = published_value(experiment, estimate.figure, dataset, size)
    claim, judged = None, None
    if estimate.figure in RULES:
        # Gains are published as percentages.
        name = "gain %" if estimate.figure == "gain" else estimate.figure
        claim = claim_of(estimate.figure, published_value(experiment, name, dataset, size))
        judged = verdict(
            estimate.figure, claim, estimate.low, estimate.high,
            estimate.excess_low, estimate.excess_high,
        )  # fmt: skip
    # RQ3 publishes a correlation with a constant as 0.
    printed = 0.0 if estimate.constant and experiment == "rq3" else estimate.value
    return {
        "figure": estimate.figure,
        "published": published,
        "value": estimate.value,
        "difference": printed - published,
        "low": estimate.low,
        "high": estimate.high,
        "ones": estimate.ones,
        "excess_low": estimate.excess_low,
        "excess_high": estimate.excess_high,
        "claim": claim,
        "verdict": judged,
        "reason": estimate.reason,
    }


_COMPUTE = {"rq1": rq1.compute, "rq2": rq2.compute, "rq3": rq3.compute}

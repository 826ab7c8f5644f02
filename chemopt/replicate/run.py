"""The door: all experiments on all data, under all settings of a convention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from chemopt.histories import History
from chemopt.replicate import rq1, rq2, rq3
from chemopt.replicate.bootstrap import UNITS, Floats, draw_weights
from chemopt.replicate.configurations import Configuration, configurations, without_repeats
from chemopt.replicate.data import read_published
from chemopt.replicate.measures import Estimate, learned_table
from chemopt.replicate.published import (
    BASELINES,
    CHEMISTRY,
    DATASETS,
    EXPERIMENTS,
    SIZES,
    published_value,
)
from chemopt.replicate.replication import Replication
from chemopt.replicate.settings import CONVENTIONS, Setting, settings_of
from chemopt.replicate.verdicts import RULES, claim_of, verdict
from chemopt.validate import choice, whole


def replicate(
    data_dir: str | Path,
    experiment: str = "all",
    convention: str = "reference",
    *,
    unit: str = "trial",
    resamples: int = 2000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Replication:
    """Compute the published experiments again.

    Parameters
    ----------
    data_dir : path
        The folder with the published histories `runs.csv`, `runs2.csv` and `runs3.csv` (from
        https://github.com/SRI-CSL/llm-chemistry, Apache-2.0).
    experiment : {"rq1", "rq2", "rq3", "all"}
        Which one.
    convention : {"reference", "corrected"}
        Whether to compute as the reference does, or also with its mistakes mended, one at a
        time and together (see `chemopt.replicate.settings`).
    unit : {"trial", "batch"}
        What the bootstrap draws (see `chemopt.replicate.bootstrap`).
    resamples : int
        Draws of the bootstrap, at least 100.
    seed : int
        Of the bootstrap.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    Replication

    Raises
    ------
    InputError
        A file is missing or not the published one, or an option is out of its range.
    """
    choice("experiment", experiment, (*EXPERIMENTS, "all"))
    choice("convention", convention, CONVENTIONS)
    choice("unit", unit, UNITS)
    whole("resamples", resamples, 100)
    whole("seed", seed, 0)
    histories = read_published(data_dir)
    chosen = EXPERIMENTS if experiment == "all" else (experiment,)
    total = len(histories) * len(SIZES) * sum(len(settings_of(e, convention)) for e in chosen)
    done = 0
    records = []
    for number, (dataset, history) in enumerate(histories.items()):
        for name in chosen:
            found = evaluated_configurations(name, history)
            for size in SIZES:
                own = [c for c in found if c.size == size]
                # the same draws for all settings, so that they differ by what is mended alone
                rng = np.random.default_rng([seed, number, size])
                weights = draw_weights([c.trial for c in own], unit, resamples, rng)
                for setting in settings_of(name, convention):
                    estimates = _compute(name, history, own, setting, weights)
                    place = {"experiment": name, "dataset": dataset, "size": size}
                    records += _records(place, setting, estimates)
                    done += 1
                    if progress is not None:
                        progress(done, total)
    # by experiment first, as the text of a report goes
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


def evaluated_configurations(experiment: str, history: History) -> list[Configuration]:
    """Return the configurations that an experiment looks at."""
    if experiment == "rq1":
        found = configurations(history.frame, (CHEMISTRY, *BASELINES))
        return [c for c in found if c.rows > 1]
    found = without_repeats(configurations(history.frame, BASELINES))
    return found if experiment == "rq2" else [c for c in found if len(c) > 1]


def _compute(
    experiment: str,
    history: History,
    found: Sequence[Configuration],
    setting: Setting,
    weights: Floats,
) -> list[Estimate]:
    if experiment == "rq1":
        return rq1.compute(history, found, setting, weights)
    table = learned_table(history, setting, {c.trial for c in found})
    compute = rq2.compute if experiment == "rq2" else rq3.compute
    return compute(table, found, setting, weights)


def _records(
    place: dict[str, object], setting: Setting, estimates: Sequence[Estimate]
) -> list[dict[str, object]]:
    """Put estimates beside what was published."""
    experiment, dataset, size = str(place["experiment"]), str(place["dataset"]), place["size"]
    records = []
    for estimate in estimates:
        published = published_value(experiment, estimate.figure, dataset, int(str(size)))
        claim, judged = None, None
        if estimate.figure in RULES:
            # what is published of a gain is its percentage
            stated = published_value(experiment, "gain %", dataset, int(str(size)))
            claim = claim_of(estimate.figure, stated if estimate.figure == "gain" else published)
            judged = verdict(estimate.figure, claim, estimate.low, estimate.high)
        published = np.nan if published is None else published
        records.append(
            {
                **place,
                "setting": setting.name,
                "figure": estimate.figure,
                "published": published,
                "value": estimate.value,
                "difference": estimate.value - published,
                "low": estimate.low,
                "high": estimate.high,
                "claim": claim,
                "verdict": judged,
                "reason": estimate.reason,
            }
        )
    return records

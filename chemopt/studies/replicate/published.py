"""The published data: the three history files, and the figures computed from them.

The files are those of the public repository of arXiv 2510.03930. The figures are those that its
evaluation prints, which are the paper's: RQ1, effectiveness of ensembles (mean of the
recommended ones, mean of the best baseline, and the gain in percent of the latter); RQ2,
Pearson's r of chemistry with complementarity; RQ3, r of chemistry with complementarity and with
effectiveness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SOURCE = "https://github.com/SRI-CSL/llm-chemistry (Apache-2.0)"
COLUMNS = (
    "trial", "model", "task", "latency", "temperature", "id", "result", "quality",
    "generation_accuracy", "variance", "review_accuracy", "accuracy", "elapsed", "strategy",
    "created",
)  # fmt: skip
# Nominal sizes of ensembles; a configuration belongs to one by its number of rows.
SIZES = (3, 5, 10)
CHEMISTRY = "CHEMISTRY"
BASELINES = ("RANDOM", "PERFORMANCE", "REMOTE", "LOCAL")


@dataclass(frozen=True)
class Dataset:
    """A published history.

    Attributes
    ----------
    name, file, complexity : str
        The data's name, its file, and the complexity of the task according to the paper.
    rows : int
        Rows of the file.
    digest : str
        See `chemopt.studies.replicate.data.content_digest`.
    """

    name: str
    file: str
    complexity: str
    rows: int
    digest: str


DATASETS = (
    Dataset("liar", "runs.csv", "low", 8170, "e0f7d34471744b91"),
    Dataset("quixbugs", "runs2.csv", "high", 7486, "229ab788fe198745"),
    Dataset("clinical", "runs3.csv", "medium", 8828, "259aa2662c8dfbd4"),
)

_NONE = math.nan
# (experiment, figure) → dataset → the values for the three sizes; NaN: published as undefined.
_TABLES: dict[tuple[str, str], dict[str, tuple[float, float, float]]] = {
    ("rq1", "chemistry"): {
        "liar": (0.547, 0.680, 0.679),
        "quixbugs": (1.0, 1.0, 1.0),
        "clinical": (0.700, 1.000, 0.999),
    },
    ("rq1", "best baseline"): {
        "liar": (0.542, 0.592, 0.662),
        "quixbugs": (1.0, 1.0, 1.0),
        "clinical": (1.000, 0.998, 1.000),
    },
    ("rq1", "gain %"): {
        "liar": (0.97, 14.84, 2.68),
        "quixbugs": (0.0, 0.0, 0.0),
        "clinical": (-30.0, 0.25, -0.09),
    },
    ("rq2", "configurations"): {
        "liar": (368, 358, 400),
        "quixbugs": (458, 291, 335),
        "clinical": (394, 357, 409),
    },
    ("rq2", "r complementarity"): {
        "liar": (0.089, 0.118, 0.319),
        "quixbugs": (-0.100, -0.154, -0.086),
        "clinical": (-0.226, _NONE, 0.148),
    },
    ("rq3", "configurations"): {
        "liar": (368, 358, 400),
        "quixbugs": (451, 291, 335),
        "clinical": (383, 357, 409),
    },
    ("rq3", "r complementarity"): {
        "liar": (0.089, 0.118, 0.319),
        "quixbugs": (-0.043, -0.154, -0.086),
        "clinical": (0.0, 0.0, 0.148),
    },
    ("rq3", "r effectiveness"): {
        "liar": (0.014, -0.068, -0.024),
        "quixbugs": (0.189, 0.144, 0.229),
        "clinical": (0.0, 0.0, 0.027),
    },
}
# Digits after the point to which a figure is published.
DIGITS = {
    "chemistry": 3, "best baseline": 3, "gain %": 2, "configurations": 0,
    "r complementarity": 3, "r effectiveness": 3,
}  # fmt: skip


def published_value(experiment: str, figure: str, dataset: str, size: int) -> float:
    """Return a published figure; NaN when it is published as undefined or not at all.

    Examples
    --------
    >>> published_value("rq2", "r complementarity", "liar", 10)
    0.319
    """
    values = _TABLES.get((experiment, figure))
    return math.nan if values is None else float(values[dataset][SIZES.index(size)])

"""Settings: the reference, and its corrections, one at a time and together.

``quality on its scale``
    Complementarity takes q/10 (see `chemopt.studies.diversity.complementarity`). For RQ2 and RQ3.
``no empty set``
    Chemistry is computed with ``empty_cost=None``. For RQ2 and RQ3.
``items by trial``
    An item is the question of a trial, identified by the number in the trial's name instead of the
    column `id`. For RQ1. In the Liar history all answers of a trial are about one statement, and so
    are those of all trials of the same number; each `id` occurs with each of the ten statements
    about equally often, and a trial has several. So the reference's accuracy "on an item" is one on
    any item.
``mean``, ``shrunk``
    A model's rows are aggregated to their mean, or to the mean shrunk towards the pool's (see
    `chemopt.profiles.aggregates`), where the reference takes a single row: for the profiles of RQ2
    and RQ3 that of largest accuracy, for the accuracies on items of RQ1 the last row of the file.
``held out``
    Rows of the evaluated trials are not learned from. The trials of one nominal size are evaluated
    together, so what is learned for a size comes from trials of the other sizes.
``distinct members``
    Configurations with two rows of one model are left out. A pair of rows of one model counts 0 in
    average chemistry, whatever the table, so repeated models alone make a correlation.
    For RQ2 and RQ3.
``no single rows``
    Configurations of one row are left out: their chemistry is 0 and their complementarity 1, by
    definition. For RQ2; RQ3 has none.
``distinct members, no single rows``
    Both.
``all, mean``, ``all, shrunk``
    All corrections together, with either aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from chemopt.studies.diversity.complementarity import Convention
from chemopt.validation import choice

Experiment = Literal["rq1", "rq2", "rq3"]
EXPERIMENTS: tuple[Experiment, ...] = get_args(Experiment)
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


@dataclass(frozen=True)
class Setting:
    """The options of an experiment.

    Attributes
    ----------
    name : str
    quality : {"reference", "corrected"}
        Convention of complementarity.
    empty_cost : float or None
        Of chemistry.
    aggregate : {"reference", "mean", "shrunk"}
        How a model's rows are aggregated.
    held_out : bool
        Leave the rows of evaluated trials out of what is learned.
    item : {"id", "trial"}
        What identifies an item: the column `id`, or the number in the name of the trial.
    distinct : bool
        Leave out configurations with a repeated model.
    several : bool
        Leave out configurations of one row.
    """

    name: str
    quality: Convention = "reference"
    empty_cost: float | None = 1.0
    aggregate: Literal["reference", "mean", "shrunk"] = "reference"
    held_out: bool = False
    item: Literal["id", "trial"] = "id"
    distinct: bool = False
    several: bool = False


REFERENCE = Setting("reference")
CORRECTIONS = (
    Setting("quality on its scale", quality="corrected"),
    Setting("no empty set", empty_cost=None),
    Setting("items by trial", item="trial"),
    Setting("mean", aggregate="mean"),
    Setting("shrunk", aggregate="shrunk"),
    Setting("held out", held_out=True),
    Setting("distinct members", distinct=True),
    Setting("no single rows", several=True),
    Setting("distinct members, no single rows", distinct=True, several=True),
    Setting("all, mean", "corrected", None, "mean", True, "trial", True, True),
    Setting("all, shrunk", "corrected", None, "shrunk", True, "trial", True, True),
)

_SINGLE = ("no single rows", "distinct members, no single rows")
# RQ1 has neither complementarity nor a chemistry table, the others have no items.
_WITHOUT: dict[Experiment, tuple[str, ...]] = {
    "rq1": ("quality on its scale", "no empty set", "distinct members", *_SINGLE),
    "rq2": ("items by trial",),
    "rq3": ("items by trial", *_SINGLE),
}


def settings_of(experiment: Experiment, convention: Convention) -> tuple[Setting, ...]:
    """Return the settings under which an experiment is computed.

    Examples
    --------
    >>> [setting.name for setting in settings_of("rq1", "corrected")][1:4]
    ['items by trial', 'mean', 'shrunk']
    """
    choice("convention", convention, CONVENTIONS)
    if convention == "reference":
        return (REFERENCE,)
    own = (setting for setting in CORRECTIONS if setting.name not in _WITHOUT[experiment])
    return (REFERENCE, *own)

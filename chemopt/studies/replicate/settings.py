"""Settings: the reference, and what is mended of it, one thing at a time and then together.

``quality on its scale``
    Complementarity takes q/10 (see `chemopt.studies.diversity.complementarity`). For RQ2 and RQ3.
``no empty set``
    Chemistry is computed with ``empty_cost=None``. For RQ2 and RQ3.
``items by trial``
    An item is what a trial asked, told by the number in its name, and not the column `id`. For RQ1.
    In the Liar history all answers of a trial are about one statement, and so are those of all
    trials of the same number; an `id` stands beside each of the ten statements about equally
    often, and a trial has several. So the reference's accuracy "on an item" is one on any item.
``mean``, ``shrunk``
    What is learned of a model is the mean of its rows, or the mean drawn to the pool's (see
    `chemopt.profiles.profiles`), and not a single row: for RQ2 and RQ3 the profile, in the
    reference the row with the largest accuracy; for RQ1 the accuracy on an item, in the reference
    the last row of the file.
``held out``
    Rows of the trials that are evaluated are left out of what is learned. The trials evaluated
    together are those of one nominal size, so what is learned for a size comes from trials
    of the other sizes.
``all, mean``, ``all, shrunk``
    Everything together, with either aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.validation import choice

CONVENTIONS = ("reference", "corrected")


@dataclass(frozen=True)
class Setting:
    """What an experiment is computed with.

    Attributes
    ----------
    name : str
    quality : {"reference", "corrected"}
        Convention of complementarity.
    empty_cost : float or None
        Of chemistry.
    aggregate : {"reference", "mean", "shrunk"}
        How rows become what is learned.
    held_out : bool
        Whether the rows of evaluated trials are left out of it.
    item : {"id", "trial"}
        What names an item: the column `id`, or the number in the name of the trial.
    """

    name: str
    quality: str = "reference"
    empty_cost: float | None = 1.0
    aggregate: str = "reference"
    held_out: bool = False
    item: str = "id"


REFERENCE = Setting("reference")
MENDED = (
    Setting("quality on its scale", quality="corrected"),
    Setting("no empty set", empty_cost=None),
    Setting("items by trial", item="trial"),
    Setting("mean", aggregate="mean"),
    Setting("shrunk", aggregate="shrunk"),
    Setting("held out", held_out=True),
    Setting("all, mean", "corrected", None, "mean", True, "trial"),
    Setting("all, shrunk", "corrected", None, "shrunk", True, "trial"),
)


_ONLY_TABLES = ("quality on its scale", "no empty set")
_ONLY_ITEMS = ("items by trial",)


def settings_of(experiment: str, convention: str) -> tuple[Setting, ...]:
    """Return the settings under which an experiment is computed.

    Examples
    --------
    >>> [setting.name for setting in settings_of("rq1", "corrected")][1:4]
    ['items by trial', 'mean', 'shrunk']
    """
    choice("convention", convention, CONVENTIONS)
    if convention == "reference":
        return (REFERENCE,)
    # RQ1 has neither complementarity nor a chemistry table, the others have no items
    without = _ONLY_TABLES if experiment == "rq1" else _ONLY_ITEMS
    return (REFERENCE, *(setting for setting in MENDED if setting.name not in without))

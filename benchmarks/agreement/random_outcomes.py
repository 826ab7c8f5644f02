"""Small random outcomes: right and wrong, marks or answers, with twins and useless models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.read import load_outcomes

OutcomeKind = Literal["right or wrong", "marks", "answers"]
OUTCOME_KINDS: tuple[OutcomeKind, ...] = ("right or wrong", "marks", "answers")
_MARKS = (0.0, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class RandomOutcomes:
    """Outcomes, and the same as plain data.

    Attributes
    ----------
    outcomes : Outcomes
    kind : OutcomeKind
    scores : mapping of str to list of float
        The score of each model on each item, all of which are exact in binary.
    answers : mapping of str to list of str, or None
        What each model answered, if that is known.
    """

    outcomes: Outcomes
    kind: OutcomeKind
    scores: dict[str, list[float]]
    answers: dict[str, list[str]] | None

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order of names."""
        return tuple(sorted(self.scores))

    @property
    def items(self) -> int:
        """The number of items."""
        return len(next(iter(self.scores.values())))


def random_outcomes(
    rng: np.random.Generator, most: int, kinds: tuple[OutcomeKind, ...] = OUTCOME_KINDS
) -> RandomOutcomes:
    """Draw outcomes of up to `most` models on 5 to 40 items.

    Examples
    --------
    >>> drawn = random_outcomes(np.random.default_rng(0), 4)
    >>> drawn.outcomes.models == drawn.models and len(drawn.outcomes) == drawn.items
    True
    """
    kind = kinds[int(rng.integers(len(kinds)))]
    n, items = int(rng.integers(1, most + 1)), int(rng.integers(5, 41))
    hard = rng.random((items, 1)) * rng.random()
    right = rng.random((items, n)) < np.clip(rng.random(n) + 0.2 - hard, 0, 1)
    if n > 1 and rng.random() < 0.3:
        right[:, 1] = right[:, 0]  # twins
    if rng.random() < 0.2:
        right[:, -1] = False  # of no use
    names = [f"m{k}" for k in rng.permutation(n)]
    values = right.astype(float)
    if kind == "marks":
        values = np.where(right, rng.choice(_MARKS[1:], right.shape), 0.0)
    if kind != "answers":
        frame = pd.DataFrame(values, columns=names)
        scores = {name: values[:, k].tolist() for k, name in enumerate(names)}
        # every column is a model, whatever its marks look like
        return RandomOutcomes(load_outcomes(frame, ignore=[]), kind, scores, None)
    said = np.where(right, "x", rng.choice(["y", "z"], right.shape))
    rows = [
        (name, f"q{item:02d}", values[item, k], said[item, k])
        for k, name in enumerate(names)
        for item in range(items)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "correct", "answer"])
    return RandomOutcomes(
        load_outcomes(frame),
        kind,
        {name: values[:, k].tolist() for k, name in enumerate(names)},
        {name: said[:, k].tolist() for k, name in enumerate(names)},
    )

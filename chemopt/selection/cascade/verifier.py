"""A verifier that errs: it accepts some wrong answers and rejects some right ones.

An item ends at the first answer that is accepted. The answer counts if it is right; if no answer is
accepted, nothing counts. Given an item, verdicts on different models' answers are independent. With
the rate a of false accepts and the rate b of false rejects, model j passes an item on to the next
model with the chance

    π_jp = b where j is right on p,   1 − a where it is wrong,

so item p is still open after the set S with the chance Π_{j∈S} π_jp, whatever the order. The cost
of asking j next depends on S alone, as with a verifier that never errs. The coverage of an order is

    Σ_t Σ_p w_p r_{j_t p} (1 − b) Π_{s<t} π_{j_s p},

which depends on the set alone if a = 0: 1 − b^c for an item that c members get right. A false
accept ends an item that a later model may get right, so with a > 0 the order matters. Coverage is
then at most what it would be without false accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.validation import number


@dataclass(frozen=True)
class Verifier:
    """The rates at which a verifier errs; by default it does not.

    Attributes
    ----------
    false_accept : float
        Share of the wrong answers that are accepted, in [0, 1].
    false_reject : float
        Share of the right answers that are rejected, in [0, 1).

    Raises
    ------
    InputError
        A rate is out of its range.

    Examples
    --------
    >>> Verifier(0.1, 0.2).passes(np.array([[True, False]])).tolist()
    [[0.2, 0.9]]
    """

    false_accept: float = 0.0
    false_reject: float = 0.0

    def __post_init__(self) -> None:
        for option in ("false_accept", "false_reject"):
            object.__setattr__(self, option, number(option, getattr(self, option), 0, 1))

    @property
    def perfect(self) -> bool:
        """Whether it never errs."""
        return self.false_accept == self.false_reject == 0

    def passes(self, right: npt.NDArray[Any]) -> Floats:
        """Return π: the chance that an item is passed on, for right and wrong answers."""
        return np.where(right, self.false_reject, 1.0 - self.false_accept)

    def without_false_accepts(self) -> Verifier:
        """Return the verifier that accepts no wrong answer: its coverage is never smaller."""
        return Verifier(0.0, self.false_reject)

"""Interactions in full: signs, extremes and witnesses of pairs.

`interactions` gives for each pair what the chemistry table leaves out: the most negative and the
most positive ratio Δ / cost over all X, and a subset X that attains each (a witness), which can be
checked with `chemopt.chemistry.cost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from chemopt.chemistry.cost import (
    DEFAULTS,
    CostOptions,
    CostOracle,
    ProfileCost,
    RankWeight,
    Weights,
    as_oracle,
)
from chemopt.chemistry.enumeration import enumerated_costs, signed_ratios
from chemopt.chemistry.rank_weighted.pair import PairSolver
from chemopt.chemistry.rank_weighted.pool import has_polynomial_form, ranked_pool
from chemopt.errors import InputError
from chemopt.profiles.profiles import Profiles
from chemopt.progress import Progress, reporter
from chemopt.validation import instance_of
from chemopt.wording import meant

Witness = tuple[str, ...] | None
# The most negative and the most positive ratio of a pair, each with an X that attains it.
Extremes = tuple[float, Witness, float, Witness]

COLUMNS = (
    "model_a", "model_b", "chemistry", "signed", "witness", "most_negative", "negative_witness",
    "most_positive", "positive_witness",
)  # fmt: skip


def interactions(
    profiles: Profiles | CostOracle,
    pairs: Iterable[Sequence[str]] | None = None,
    *,
    usage_threshold: float = DEFAULTS.usage_threshold,
    empty_cost: float | None = DEFAULTS.empty_cost,
    weights: Weights | RankWeight = DEFAULTS.weights,
    cap: bool = True,
    progress: Progress = None,
) -> pd.DataFrame:
    """Compute the signed chemistry, both extremes and their witnesses for pairs of models.

    By the polynomial algorithm where it applies, otherwise by enumeration (up to 20 models).

    Parameters
    ----------
    profiles : Profiles or CostOracle
    pairs : iterable of sequences of two names, optional
        All pairs of the pool by default.
    usage_threshold, empty_cost, weights, cap
        As for `compute_chemistry`.
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of pairs done and of all pairs.

    Returns
    -------
    DataFrame
        A row for each pair: `model_a`, `model_b`; `chemistry`; `signed`, the same with the sign
        of the Δ that attains it (negative if both signs do); `witness`, the X that attains it;
        `most_negative` and `most_positive`, the least and the largest ratio, 0 where no X has a Δ
        of that sign; `negative_witness` and `positive_witness`. Witnesses are tuples of names, or
        None. Ratios are capped like chemistry, unless ``cap=False``.

    Raises
    ------
    InputError
        An unknown model, an option out of its range, or neither profiles nor a cost oracle.
    PoolTooLargeError
        The pool needs enumeration and is too large for it.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> pool = Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.9, 0.75, 0.6]}))
    >>> row = interactions(pool, [("a", "c")], empty_cost=None).iloc[0]
    >>> round(float(row["signed"]), 4), row["witness"]
    (-0.2632, ('b',))
    """
    progress = reporter(progress, "pairs")
    options = CostOptions(usage_threshold, empty_cost, weights)
    oracle = as_oracle(profiles, options, caller="interactions")
    wanted = list(combinations(oracle.models, 2)) if pairs is None else _checked(oracle, pairs)
    polynomial = has_polynomial_form(oracle)
    extremes = _by_dynamic_programs(oracle) if polynomial else _by_enumeration(oracle)
    rows = []
    for done, (a, b) in enumerate(wanted, 1):
        low, low_witness, high, high_witness = extremes(a, b)
        if cap:
            low, high = max(low, -1.0), min(high, 1.0)
        negative = -low >= high
        signed, witness = (low, low_witness) if negative else (high, high_witness)
        rows.append((a, b, abs(signed), signed, witness, low, low_witness, high, high_witness))
        if progress is not None:
            progress(done, len(wanted))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _checked(oracle: CostOracle, pairs: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    instance_of("interactions: pairs must be a list of pairs", pairs, Iterable)
    wanted = list(pairs)
    for pair in wanted:
        not_a_sequence = isinstance(pair, str) or not isinstance(pair, Sequence)
        if not_a_sequence or len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(f"a pair is two different models, not {pair!r}")
        for model in pair:
            if model not in oracle.models:
                hint = meant(model, oracle.models, "the pool has")
                raise InputError(f"unknown model {model!r}; {hint}")
    return [(a, b) for a, b in wanted]


def _by_dynamic_programs(oracle: CostOracle) -> Callable[[str, str], Extremes]:
    assert type(oracle) is ProfileCost  # the only cost with a polynomial form
    order = oracle.order
    solver = PairSolver(ranked_pool(oracle))
    position = {model: k for k, model in enumerate(order)}

    def named(subset: tuple[int, ...] | None) -> Witness:
        return None if subset is None else tuple(order[k] for k in subset)

    def extremes(a: str, b: str) -> Extremes:
        if a not in position or b not in position:
            return 0.0, None, 0.0, None
        low, high = solver.extremes(*sorted((position[a], position[b])))
        return low.ratio, named(low.subset), high.ratio, named(high.subset)

    return extremes


def _by_enumeration(oracle: CostOracle) -> Callable[[str, str], Extremes]:
    models, costs = enumerated_costs(oracle)
    bit = {model: k for k, model in enumerate(models)}

    def extremes(a: str, b: str) -> Extremes:
        if a not in bit or b not in bit:
            return 0.0, None, 0.0, None
        others = [model for model in models if model not in (a, b)]
        ratios = signed_ratios(costs, (bit[a], bit[b]))

        def at(index: Any) -> tuple[float, Witness]:
            subset = tuple(m for k, m in enumerate(others) if int(index) >> k & 1)
            return float(ratios[index]), subset

        low, high = at(ratios.argmin()), at(ratios.argmax())
        return (*(low if low[0] < 0 else (0.0, None)), *(high if high[0] > 0 else (0.0, None)))

    return extremes

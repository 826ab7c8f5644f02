"""Classical diversity of pairs of models, from which items each answered right.

Of the items that two models both answered, let N₁₁ be the share that both got right, N₀₀ that
both got wrong, and N₁₀, N₀₁ that only the first, only the second got right. Then

    disagreement   N₁₀ + N₀₁                                              large: diverse
    double fault   N₀₀                                                    small: diverse
    Q statistic    (N₁₁N₀₀ − N₀₁N₁₀) / (N₁₁N₀₀ + N₀₁N₁₀)                  small: diverse
    correlation φ  (N₁₁N₀₀ − N₀₁N₁₀) / √(p (1−p) r (1−r))                 small: diverse

with p = N₁₁ + N₁₀ and r = N₁₁ + N₀₁ the models' shares of right answers. For independent
models Q = φ = 0; they have the same sign, and |φ| ≤ |Q|. The measure of an ensemble is the mean
over its pairs. Source: Kuncheva and Whitaker, *Measures of Diversity in Classifier Ensembles
and Their Relationship with the Ensemble Accuracy*, Machine Learning 51, 2003.

Q and φ are 0/0 if and only if one of the two models is always right or always wrong (on the items
that both answered). They are NaN there, with the reason next to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.read import load_outcomes
from chemopt.wording import meant

MEASURES = ("disagreement", "double_fault", "q_statistic", "correlation")


def diversity(outcomes: Outcomes | pd.DataFrame | str | Path) -> pd.DataFrame:
    """Compute the four classical measures for every pair of models.

    Parameters
    ----------
    outcomes : Outcomes, DataFrame or path
        What `load_outcomes` takes, if it is not loaded yet; models may have answered different
        items.

    Returns
    -------
    DataFrame
        A row for each pair, in the order of names: `model_a`, `model_b`; `items`, which both
        answered; how many of them `both_right`, `only_a`, `only_b`, `both_wrong`; the measures
        `disagreement` and `double_fault` in [0, 1], `q_statistic` and `correlation` in [−1, 1],
        NaN where not defined; `undefined`, the reason, else None.

    Raises
    ------
    InputError
        The outcomes are not valid, or there is only one model.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = diversity(pd.DataFrame({"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 1, 0]}))
    >>> frame[["disagreement", "double_fault", "q_statistic", "correlation"]].round(4)
       disagreement  double_fault  q_statistic  correlation
    0           0.4           0.2       0.3333       0.1667
    """
    loaded = outcomes if isinstance(outcomes, Outcomes) else load_outcomes(outcomes, missing="keep")
    names, scores = list(loaded.models), loaded.scores
    if len(names) < 2:
        raise InputError(f"{loaded.source}: there is only one model, so there is no pair")
    if np.isnan(scores).all():
        raise InputError(f"{loaded.source}: there is no answer")
    if not loaded.binary:
        raise InputError(f"{loaded.source}: diversity needs right and wrong, 1 and 0, not marks")
    right, wrong = (scores == 1).astype(float), (scores == 0).astype(float)
    i, j = np.triu_indices(len(names), k=1)
    n11, n10, n01, n00 = (
        (first.T @ second)[i, j]
        for first, second in ((right, right), (right, wrong), (wrong, right), (wrong, wrong))
    )
    items = n11 + n10 + n01 + n00
    agree, differ = n11 * n00, n01 * n10
    margins = (n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00)
    with np.errstate(invalid="ignore"):
        measures = {
            "disagreement": (n10 + n01) / items,
            "double_fault": n00 / items,
            "q_statistic": (agree - differ) / (agree + differ),
            "correlation": (agree - differ) / np.sqrt(margins),
        }
    counts = {
        "items": items, "both_right": n11, "only_a": n10, "only_b": n01, "both_wrong": n00,
    }  # fmt: skip
    frame = pd.DataFrame(
        {
            "model_a": [names[k] for k in i],
            "model_b": [names[k] for k in j],
            **{name: count.astype(int) for name, count in counts.items()},
            **measures,
        }
    )
    reasons = [
        _reason(*pair)
        for pair in zip(
            frame["model_a"], frame["model_b"], n11 + n10, n11 + n01, items, strict=True
        )
    ]
    return frame.assign(undefined=pd.Series(reasons, index=frame.index, dtype=object))


def ensemble_diversity(pairs: pd.DataFrame, models: Iterable[str] | None = None) -> pd.DataFrame:
    """Average the measures over the pairs of an ensemble.

    Parameters
    ----------
    pairs : DataFrame
        From `diversity`.
    models : iterable of str, optional
        The ensemble, at least two; all models by default.

    Returns
    -------
    DataFrame
        A row for each measure (the index `measure`): `mean` over the pairs where it is
        defined, NaN if there is none; `pairs`, how many those are; `undefined`, how many not.

    Raises
    ------
    InputError
        A model is unknown, or there are fewer than two.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = diversity(pd.DataFrame({"a": [1, 0, 1], "b": [1, 0, 0], "c": [1, 1, 1]}))
    >>> ensemble_diversity(pairs).round(4).reset_index()
            measure    mean  pairs  undefined
    0  disagreement  0.4444      3          0
    1  double_fault  0.1111      3          0
    2   q_statistic  1.0000      1          2
    3   correlation  0.5000      1          2
    """
    known = set(pairs["model_a"]) | set(pairs["model_b"])
    chosen = known if models is None else set(models)
    unknown = sorted(chosen - known)
    if unknown:
        hint = meant(unknown[0], sorted(known))
        raise InputError(f"outcomes: unknown model {unknown[0]!r}; {hint}")
    if len(chosen) < 2:
        raise InputError("outcomes: an ensemble needs two models for its diversity")
    both = pairs["model_a"].isin(chosen) & pairs["model_b"].isin(chosen)
    inside = pairs.loc[both, list(MEASURES)]
    return pd.DataFrame(
        {"mean": inside.mean(), "pairs": inside.notna().sum(), "undefined": inside.isna().sum()}
    ).rename_axis("measure")


def _reason(model_a: str, model_b: str, right_a: float, right_b: float, items: float) -> str | None:
    """Return why measures of a pair are undefined, or None."""
    if items == 0:
        return "no item was answered by both"
    constant = [
        f"{model} is always {'right' if right else 'wrong'}"
        for model, right in ((model_a, right_a), (model_b, right_b))
        if right in (0, items)
    ]
    return ", ".join(constant) or None

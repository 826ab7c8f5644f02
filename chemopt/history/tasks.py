"""Grouping of near-duplicate task texts.

Prompts of one task often differ by a word. `group_tasks` maps every text to a prototype: the
first text seen whose TF-IDF vector has a cosine of at least `threshold` with it.

Terms are the lower-cased words split at white space; a term in `df` of `N` texts weighs
`tf · (1 + ln((1 + N) / (1 + df)))`. The published code uses `ln(N / (1 + df))`, which gives
a word in one of two texts the weight zero, and so merges any two tasks that share a word when a
history has just two; the smoothed weight keeps them apart.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from chemopt.numerics import COSINE_TOLERANCE

SIMILARITY_THRESHOLD = 0.85


def group_tasks(tasks: Iterable[str], threshold: float = SIMILARITY_THRESHOLD) -> dict[str, str]:
    """Map each task text to the prototype of its group.

    Parameters
    ----------
    tasks : iterable of str
        Task texts in the order seen; repeats are allowed.
    threshold : float
        Smallest cosine similarity, in [0, 1], at which a text joins a prototype.

    Returns
    -------
    dict of str to str
        Every distinct text, in the order seen, with its prototype (maybe itself).

    Examples
    --------
    >>> groups = group_tasks(["fix the bug in this program", "Fix the bug in this program",
    ...                       "summarise the clinical note"])
    >>> sorted(set(groups.values()))
    ['fix the bug in this program', 'summarise the clinical note']
    """
    texts = list(dict.fromkeys(tasks))
    counts = [Counter(text.lower().split()) for text in texts]
    containing = Counter(term for count in counts for term in count)
    prototype_of: dict[str, str] = {}
    prototypes: list[str] = []
    # Term → [(prototype number, weight)]: texts meet only prototypes that share a term.
    postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for text, count in zip(texts, counts, strict=True):
        weights = {
            term: tf * (1 + math.log((1 + len(texts)) / (1 + containing[term])))
            for term, tf in count.items()
        }
        norm = math.sqrt(math.fsum(w * w for w in weights.values())) or 1.0
        weights = {term: w / norm for term, w in weights.items()}
        cosine: defaultdict[int, float] = defaultdict(float)
        for term, weight in weights.items():
            for prototype, other in postings[term]:
                cosine[prototype] += weight * other
        least = threshold - COSINE_TOLERANCE
        matching = [k for k, similarity in cosine.items() if similarity >= least]
        if matching:
            prototype_of[text] = prototypes[min(matching)]
        else:
            for term, weight in weights.items():
                postings[term].append((len(prototypes), weight))
            prototypes.append(text)
            prototype_of[text] = text
    return prototype_of

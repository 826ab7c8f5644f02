"""Names for variables that every LP and MPS reader takes.

Model names may hold anything: ``meta/llama 3.1:70b``, Greek, emoji. LP and MPS files allow few
characters, and some readers cut long names. A label is the model's number in the pool and
what of its name is plain: ``m07_meta_llama_3_1_70b``. The number keeps labels distinct.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LONGEST_NAME_PART = 40


def model_labels(models: Sequence[str]) -> tuple[str, ...]:
    """Return a distinct label of ASCII letters, digits and underscores for each model.

    Examples
    --------
    >>> model_labels(["meta/llama 3.1:70b", "μ-model"])
    ('m1_meta_llama_3_1_70b', 'm2_model')
    """
    width = len(str(len(models)))
    return tuple(
        f"m{number:0{width}}_{plain(name)}".rstrip("_") for number, name in enumerate(models, 1)
    )


def plain(name: str) -> str:
    """Return what of a text is letters and digits, joined by underscores."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")[:_LONGEST_NAME_PART]

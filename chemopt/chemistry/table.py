"""The chemistry table: a symmetric number for each pair of models, and how it was computed."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.numerics import UNIT_ROUNDOFF
from chemopt.validation import choice
from chemopt.wording import meant

if TYPE_CHECKING:
    import networkx as nx

    from chemopt.plots.canvas import Axes

Entries = Literal["chemistry", "general", "signed"]
ENTRIES: tuple[Entries, ...] = get_args(Entries)
# With larger entries, sums would have no digits left for the small ones.
LARGEST_ENTRY = 1e15
# Relative: totals that differ by less are equal. Their entries may have errors of a few u each.
_EQUAL_TOTALS = 64 * UNIT_ROUNDOFF
# Floating point copes with entries up to this many times a typical one.
_WIDE = 1e6


@dataclass(frozen=True, eq=False, init=False)
class ChemistryTable:
    """Pairwise chemistry of a pool.

    Parameters
    ----------
    models : sequence of str
    matrix : array-like of shape (n, n)
        Copied.
    settings : mapping, optional
    entries : {"chemistry", "general", "signed"}

    Attributes
    ----------
    models : tuple of str
        The pool S; rows and columns of `matrix` are in this order.
    matrix : ndarray of shape (n, n)
        Symmetric with a zero diagonal; entries in [0, 1], or at least 0 when the setting
        ``cap`` is False. Read-only. `entries` may allow for other values.
    settings : dict
        How the table was computed (`method`, `aggregate`, `empty_cost`, …).
    entries : {"chemistry", "general", "signed"}
        What the entries may be: chemistry, as above; ``"general"``, weights of at least 0 that
        come from elsewhere (a graph, distances); ``"signed"``, weights of either sign.

    Raises
    ------
    InputError
        The matrix is not square, not symmetric, or has an entry out of range.

    Examples
    --------
    >>> table = ChemistryTable(("a", "b"), [[0.0, 0.25], [0.25, 0.0]])
    >>> table["a", "b"]
    0.25
    >>> table.to_frame()
      model_a model_b  chemistry
    0       a       b       0.25
    """

    models: tuple[str, ...]
    matrix: npt.NDArray[np.float64]
    settings: dict[str, Any]
    entries: Entries

    def __init__(
        self,
        models: Sequence[str],
        matrix: npt.ArrayLike,
        settings: Mapping[str, Any] | None = None,
        entries: Entries = "chemistry",
    ) -> None:
        names = _model_names(models)
        choice("chemistry: entries", entries, ENTRIES)
        settings = {} if settings is None else settings
        if not isinstance(settings, Mapping):
            raise InputError(f"chemistry: settings must be a mapping, not {settings!r}")
        own = _square(matrix, len(names))
        low = -LARGEST_ENTRY if entries == "signed" else 0.0
        capped = entries == "chemistry" and settings.get("cap", True)
        _check_entries(names, own, low, 1.0 if capped else LARGEST_ENTRY)
        own.flags.writeable = False
        object.__setattr__(self, "models", names)
        object.__setattr__(self, "matrix", own)
        object.__setattr__(self, "settings", dict(settings))
        object.__setattr__(self, "entries", entries)

    def __len__(self) -> int:
        """Return the number of models."""
        return len(self.models)

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """Return the chemistry of a pair of names.

        Raises
        ------
        InputError
            A name is not in the pool.
        """
        i, j = (self._index(model) for model in pair)
        return float(self.matrix[i, j])

    def __eq__(self, other: object) -> bool:
        """Return whether models, entries and settings are the same."""
        if not isinstance(other, ChemistryTable):
            return NotImplemented
        return (
            self.models == other.models
            and self.settings == other.settings
            and self.entries == other.entries
            and np.array_equal(self.matrix, other.matrix)
        )

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def nonnegative(self) -> bool:
        """Whether no entry is below 0; then the chemistry of larger sets is never less."""
        return not (self.matrix < 0).any()

    @cached_property
    def degrees(self) -> npt.NDArray[np.float64]:
        """The total chemistry d_i = Σ_j c_ij of each model, each sum correctly rounded."""
        degrees = np.array([math.fsum(row) for row in self.matrix])
        degrees.flags.writeable = False
        return degrees

    @cached_property
    def total(self) -> float:
        """M_intra = Σ c_ij over all pairs, correctly rounded."""
        return math.fsum(self.upper)

    @cached_property
    def alternating_side(self) -> npt.NDArray[np.bool_]:
        """Which models are in the first group of the reference's split of the pool.

        Models are sorted by total chemistry, largest first, and put alternately in two groups.
        Totals that differ by rounding only count as equal, and ties are broken by name, so that
        the split does not depend on the order of summation.
        """
        total = self.degrees
        ordered: list[int] = []
        tied: list[int] = []
        for i in sorted(range(len(self)), key=lambda i: -total[i]):
            if tied and total[tied[0]] - total[i] > _EQUAL_TOTALS * total[tied[0]]:
                ordered += sorted(tied, key=lambda k: self.models[k])
                tied = []
            tied.append(i)
        ordered += sorted(tied, key=lambda k: self.models[k])
        side = np.zeros(len(self), dtype=bool)
        side[ordered[::2]] = True
        side.flags.writeable = False
        return side

    def across(self, side: npt.NDArray[np.bool_]) -> float:
        """Return the chemistry across a split of the pool in two, correctly rounded."""
        return math.fsum(self.matrix[np.ix_(side, ~side)].ravel())

    @cached_property
    def largest(self) -> float:
        """The largest |c_ij|."""
        return float(np.abs(self.matrix).max(initial=0.0))

    @cached_property
    def typical(self) -> float:
        """The lower quartile of the |c_ij| that are not 0; 0 if all are.

        A scale of the entries that a few huge ones do not change.
        """
        entries = np.sort(np.abs(self.upper[self.upper != 0]))
        return float(entries[(len(entries) - 1) // 4]) if len(entries) else 0.0

    @property
    def is_constant(self) -> bool:
        """Whether all pairs have the same entry, so that it tells no ensemble of a size apart."""
        return bool((self.upper == self.upper[:1]).all())

    @property
    def is_wide(self) -> bool:
        """Whether some entries are so large that they may leave no digits for the others."""
        return self.largest > _WIDE * self.typical

    @cached_property
    def magnitude(self) -> float:
        """Σ |c_ij| over all pairs: the scale of rounding errors in sums of entries."""
        return math.fsum(np.abs(self.upper))

    @cached_property
    def above_diagonal(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The places (i, j) of the pairs i < j, row by row."""
        return np.triu_indices(len(self.models), k=1)

    @cached_property
    def upper(self) -> npt.NDArray[np.float64]:
        """The entries above the diagonal, row by row."""
        upper: npt.NDArray[np.float64] = self.matrix[self.above_diagonal]
        return upper

    def pairs(self) -> Iterator[tuple[str, str, float]]:
        """Yield (a, b, chemistry) for every pair, in the order of `models`."""
        for i, a in enumerate(self.models):
            for j in range(i + 1, len(self.models)):
                yield a, self.models[j], float(self.matrix[i, j])

    def __repr__(self) -> str:
        """Return a line: models and entries.

        Examples
        --------
        >>> ChemistryTable(("a", "b"), [[0.0, 0.25], [0.25, 0.0]])
        ChemistryTable(2 models, entries 0.25 to 0.25)
        """
        entries = self.upper
        ends = f", entries {entries.min():.4g} to {entries.max():.4g}" if entries.size else ""
        return f"ChemistryTable({len(self.models)} models{ends})"

    def _repr_html_(self) -> str:
        """Return the matrix for a notebook; names with HTML in them stay text."""
        names = [html.escape(name) for name in self.models]
        frame = pd.DataFrame(self.matrix, index=names, columns=names)
        shown = frame.to_html(float_format="{:.3f}".format, escape=False, max_rows=60, max_cols=60)
        return str(shown)

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table with a row for each pair: `model_a`, `model_b`, `chemistry`."""
        i, j = np.triu_indices(len(self.models), k=1)
        names = np.array(self.models, dtype=object)
        return pd.DataFrame({"model_a": names[i], "model_b": names[j], "chemistry": self.upper})

    def to_networkx(self) -> nx.Graph[str]:
        """Return a graph of the models; pairs with chemistry are edges with `weight`."""
        import networkx as nx

        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.models)
        graph.add_weighted_edges_from((a, b, c) for a, b, c in self.pairs() if c != 0)
        return graph

    def plot(
        self,
        ax: Axes | None = None,
        *,
        kind: Literal["heatmap", "network"] = "heatmap",
        chosen: Iterable[str] = (),
        about: str | None = None,
    ) -> Axes:
        """Draw the table.

        Parameters
        ----------
        ax : Axes, optional
        kind : {"heatmap", "network"}
            See `chemopt.plots.chemistry_heatmap` and `chemopt.plots.chemistry_network`.
        chosen : iterable of str
            Models to point out.
        about : str, optional
            The second line of the title; how the table was computed if not given.
        """
        from chemopt.plots.pairs import chemistry_heatmap, chemistry_network

        choice("kind", kind, ("heatmap", "network"))
        if about is None:
            about = ", ".join(f"{key}: {value}" for key, value in self.settings.items())
        draw = chemistry_heatmap if kind == "heatmap" else chemistry_network
        what = "chemistry" if self.entries == "chemistry" else "weight"
        return draw(self.models, self.matrix, chosen=chosen, what=what, about=about, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: `models`, `matrix` (lists of lists) and `settings`.

        `entries` is included when it is not ``"chemistry"``.
        """
        entries = {} if self.entries == "chemistry" else {"entries": self.entries}
        return {
            **entries,
            "models": list(self.models),
            "matrix": self.matrix.tolist(),
            "settings": dict(self.settings),
        }

    def to_json(self) -> str:
        """Return the table as JSON; `from_json` reads it back unchanged."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ChemistryTable:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            A key is missing or the table is not valid.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"chemistry: an object is needed, not {type(data).__name__}")
        missing = [key for key in ("models", "matrix") if key not in data]
        if missing:
            raise InputError(f"chemistry: the key {missing[0]!r} is missing")
        for key in ("models", "matrix"):
            if not isinstance(data[key], Sequence) or isinstance(data[key], str):
                raise InputError(f"chemistry: {key!r} must be a list")
        settings = data.get("settings") or {}
        if not isinstance(settings, Mapping):
            raise InputError("chemistry: 'settings' must be an object")
        entries = data.get("entries", "chemistry")
        return cls(data["models"], data["matrix"], settings, entries)

    @classmethod
    def from_json(cls, text: str) -> ChemistryTable:
        """Read what `to_json` wrote."""
        try:
            return cls.from_dict(json.loads(text))
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"chemistry: not JSON: {error}") from None

    def _index(self, model: str) -> int:
        try:
            return self.models.index(model)
        except ValueError:
            raise InputError(
                f"unknown model {model!r}; {meant(model, self.models, 'the pool has')}"
            ) from None


def _model_names(models: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a pool, or raise for what is not a list of distinct names."""
    if isinstance(models, str) or not isinstance(models, Iterable):
        raise InputError(f"chemistry: models must be a list of names, not {models!r}")
    names = tuple(models)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"chemistry: {name!r} is not a model name")
        if not name.isascii() and name.encode("utf-8", "replace").decode() != name:
            raise InputError(f"chemistry: {name!r} is not a model name: not valid Unicode")
    if len(set(names)) < len(names):
        twice = next(m for m in names if names.count(m) > 1)
        raise InputError(f"chemistry: the model {twice!r} is listed more than once")
    if not names:
        raise InputError("chemistry: a table needs at least one model")
    return names


def _square(matrix: npt.ArrayLike, n: int) -> npt.NDArray[np.float64]:
    """Return a copy of the matrix as an n × n array of floats."""
    try:
        own = np.array(matrix, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"chemistry: the matrix is not made of numbers: {error}") from None
    if own.shape != (n, n):
        shape = " × ".join(map(str, own.shape)) or "()"
        raise InputError(f"chemistry: {n} models need a {n} × {n} matrix, not one of shape {shape}")
    return own


def _check_entries(
    models: tuple[str, ...], matrix: npt.NDArray[np.float64], low: float, high: float
) -> None:
    for wrong, reason in (
        (~np.isfinite(matrix), "is not a finite number"),
        ((matrix < low) | (matrix > high), f"is not in [{low:g}, {high:g}]"),
        (matrix != matrix.T, "differs from the entry across the diagonal"),
        (np.diag(np.diag(matrix) != 0), "is on the diagonal, where 0 belongs"),
    ):
        if wrong.any():
            i, j = np.argwhere(wrong)[0]
            raise InputError(
                f"chemistry: the entry {float(matrix[i, j])!r} of {models[i]!r} and "
                f"{models[j]!r} {reason}"
            )

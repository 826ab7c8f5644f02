"""Instances of Max-Cut, maximum diversity and QUBO, read as selection problems.

All three are quadratic 0/1 problems, and so is the choice of an ensemble:

Max-Cut (rudy format: ``n m``, then ``i j w``, nodes from 1)
    The largest weight across a split of a graph is the largest inter(X): α = 1, β = 0, any size
    from 0. Weights below 0 are allowed; the table is then a signed one.
Maximum diversity (``n k``, then ``i j d`` for every pair, nodes from 0)
    The largest sum of distances among k nodes is the largest intra(X) with |X| = k: α = 0, β = 0.
QUBO (``n m``, then ``i j q``, variables from 1)
    The least xᵀQx over x ∈ {0, 1}ⁿ, where an off-diagonal q is listed once and counts twice, and a
    diagonal one counts once. A table has nothing linear in it; but on one more node, on whose side
    the variables at 0 are, a QUBO is a Max-Cut (Hammer, Operations Research 13, 1965; Barahona,
    Jünger and Reinelt, Mathematical Programming 44, 1989). With z_ij = |x_i − x_j| and
    2 x_i x_j = x_i + x_j − z_ij,

        xᵀQx = Σ_i (q_ii + Σ_{j≠i} q_ij) x_i − Σ_{i<j} q_ij z_ij = −Σ c_ij z_ij = −inter(X)

    for c_ij = q_ij, and c_i0 = −(q_ii + Σ_{j≠i} q_ij) for the node 0, which is excluded: α = 1,
    β = 0, X = {i : x_i = 1}, and a signed table. Whole numbers stay whole.

M_inter follows the convention ``"total"``, so there is no inter constraint, and the loss is the
native objective of the file but for its sign and a constant: `native_value` and
`loss_of_native_value` convert.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.table import ChemistryTable, Entries
from chemopt.errors import InputError
from chemopt.history.files import read_text
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice

# A table of this many models takes 200 MB.
LARGEST_INSTANCE = 5000
# The node of a QUBO on whose side the variables at 0 are.
ZERO = "zero"


class _Entry(NamedTuple):
    line: int
    i: int
    j: int
    weight: float


class _Entries:
    """The lines of a file: a header of two integers, then pairs with a number."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._lines = _numbered_lines(path)
        first = next(self._lines, None)
        if first is None:
            raise InputError(f"{path}: the file is empty")
        line, words = first
        if len(words) != 2:
            raise self.error(line, f"two whole numbers are needed first, not {_shown(words)}")
        self.nodes, self.second = (self._whole(line, word) for word in words)
        if not 1 <= self.nodes <= LARGEST_INSTANCE:
            raise self.error(
                line, f"{self.nodes} nodes; there must be between 1 and {LARGEST_INSTANCE}"
            )
        self.head_line = line

    def read(self, first: int, diagonal: bool) -> Iterator[_Entry]:
        """Yield the entries, with nodes numbered from 0; `first` is the number in the file."""
        seen: dict[tuple[int, int], int] = {}
        last = self.nodes - 1 + first
        for line, words in self._lines:
            if len(words) != 3:
                raise self.error(line, f"two nodes and a number are needed, not {_shown(words)}")
            i, j = (self._whole(line, word) for word in words[:2])
            for node in (i, j):
                if not first <= node <= last:
                    raise self.error(line, f"node {node} is not between {first} and {last}")
            if i == j and not diagonal:
                raise self.error(line, f"node {i} is paired with itself")
            pair = (min(i, j), max(i, j))
            if pair in seen:
                raise self.error(line, f"the pair {i} {j} stands in line {seen[pair]} already")
            seen[pair] = line
            yield _Entry(line, pair[0] - first, pair[1] - first, self._number(line, words[2]))

    def matrix(self, first: int, diagonal: bool = False) -> npt.NDArray[np.float64]:
        """Read all entries into a symmetric matrix, and see that there are as many as stated."""
        matrix = np.zeros((self.nodes, self.nodes))
        count = 0
        for _, i, j, weight in self.read(first, diagonal):
            matrix[i, j] = matrix[j, i] = weight
            count += 1
        if count != self.second:
            raise self.error(
                self.head_line, f"{self.second} entries are announced, and there are {count}"
            )
        return matrix

    def error(self, line: int, what: str) -> InputError:
        """Return an error that names the file and the line."""
        return InputError(f"{self.path}, line {line}: {what}")

    def _whole(self, line: int, word: str) -> int:
        try:
            return int(word)
        except ValueError:
            raise self.error(line, f"{_shown([word])} is not a whole number") from None

    def _number(self, line: int, word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(line, f"{_shown([word])} is not a finite number")
        return value


def read_max_cut(path: str | Path) -> ChemistryProblem:
    r"""Read a Max-Cut instance in rudy format; the nodes are named by their numbers.

    Raises
    ------
    InputError
        The file cannot be read or is not in that format; the message names file and line.

    Examples
    --------
    >>> import tempfile
    >>> from chemopt import recommend
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "path.rudy"
    ...     _ = path.write_text("3 2\n1 2 5\n2 3 7\n")
    ...     problem = read_max_cut(path)
    >>> best = recommend(problem)
    >>> best.models, native_value("max-cut", problem, best.loss)
    (('2',), 12.0)
    """
    entries = _Entries(path)
    matrix = entries.matrix(first=1)
    kind: Entries = "signed" if (matrix < 0).any() else "general"
    table = ChemistryTable(_names(entries.nodes, 1), matrix, entries=kind)
    return ChemistryProblem(
        table, alpha=1.0, beta=0.0, min_size=0, m_inter="total", name=Path(path).name
    )


def read_diversity(path: str | Path) -> ChemistryProblem:
    """Read a maximum-diversity instance; the nodes are named by their numbers.

    Raises
    ------
    InputError
        The file cannot be read or is not in that format (a distance is below 0, a pair is missing,
        k is larger than n); the message names file and line.
    """
    entries = _Entries(path)
    n, size = entries.nodes, entries.second
    if not 0 <= size <= n:
        raise entries.error(entries.head_line, f"{size} of {n} nodes cannot be chosen")
    matrix = np.full((n, n), np.nan)
    np.fill_diagonal(matrix, 0.0)
    for line, i, j, distance in entries.read(first=0, diagonal=False):
        if distance < 0:
            raise entries.error(line, f"the distance {distance:g} is below 0")
        matrix[i, j] = matrix[j, i] = distance
    missing = np.argwhere(np.isnan(matrix))
    if len(missing):
        i, j = missing[0]
        raise InputError(f"{path}: the pair {i} {j} is missing")
    table = ChemistryTable(_names(n, 0), matrix, entries="general")
    return ChemistryProblem(
        table, alpha=0.0, beta=0.0, size=size, m_inter="total", name=Path(path).name
    )


def read_qubo(path: str | Path) -> ChemistryProblem:
    """Read a QUBO instance; the variables are named by their numbers, and there is one node more.

    Raises
    ------
    InputError
        The file cannot be read or is not in that format; the message names file and line.
    """
    entries = _Entries(path)
    q = entries.matrix(first=1, diagonal=True)
    n = entries.nodes
    matrix = np.zeros((n + 1, n + 1))
    matrix[:n, :n] = q
    np.fill_diagonal(matrix, 0.0)
    # the sum of a row is q_ii + Σ_{j≠i} q_ij
    matrix[n, :n] = matrix[:n, n] = 0.0 - np.array([math.fsum(row) for row in q])
    table = ChemistryTable((*_names(n, 1), ZERO), matrix, entries="signed")
    return ChemistryProblem(
        table,
        alpha=1.0,
        beta=0.0,
        min_size=0,
        exclude=(ZERO,),
        m_inter="total",
        name=Path(path).name,
    )


READERS: dict[str, Callable[[str | Path], ChemistryProblem]] = {
    "max-cut": read_max_cut,
    "diversity": read_diversity,
    "qubo": read_qubo,
}
ENDINGS = {".rudy": "max-cut", ".mc": "max-cut", ".sparse": "qubo"}


def read_benchmark(path: str | Path, kind: str) -> ChemistryProblem:
    """Read an instance of a kind in `READERS`."""
    return READERS[choice("kind", kind, READERS)](path)


def native_value(kind: str, problem: ChemistryProblem, loss: float) -> float:
    """Turn a loss into the native objective: cut, diversity (both maximised), or xᵀQx.

    Examples
    --------
    >>> table = ChemistryTable(("1", "2"), [[0, 5], [5, 0]], entries="general")
    >>> native_value("max-cut", ChemistryProblem(table, alpha=1, beta=0, m_inter="total"), 2.0)
    3.0
    """
    choice("kind", kind, READERS)
    value = problem.m_intra_value - loss
    return 0.0 - value if kind == "qubo" else value


def loss_of_native_value(kind: str, problem: ChemistryProblem, value: float) -> float:
    """Turn a value of the native objective into a loss: the inverse of `native_value`."""
    choice("kind", kind, READERS)
    return problem.m_intra_value - (-value if kind == "qubo" else value)


def _numbered_lines(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    lines = read_text(path).splitlines()
    return ((k, line.split()) for k, line in enumerate(lines, 1) if line.strip())


def _names(nodes: int, first: int) -> tuple[str, ...]:
    width = len(str(nodes - 1 + first))
    return tuple(f"{k:0{width}}" for k in range(first, nodes + first))


def _shown(words: list[str]) -> str:
    text = repr(" ".join(words))
    return text if len(text) <= 60 else text[:59] + "…"

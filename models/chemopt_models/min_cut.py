"""The selection model as a minimum cut: polynomial for α ≤ 1/3.

With d_i = Σ_j c_ij and q = 1 − 3α ≥ 0, chemistry inside X is rewarded and nothing is penalised but
single models:

    loss(X) = α M_inter + (1 − α) M_intra + Σ_i (β − α d_i) x_i − q Σ_{ij ∈ P} c_ij x_i x_j.

Since x_i x_j = ½ (x_i + x_j − |x_i − x_j|), with u_i = β − α d_i − ½ q d_i,

    loss(X) = constant + Σ_i u_i x_i + Σ_{ij ∈ P} ½ q c_ij |x_i − x_j|,

which is the value of a cut that has the chosen models on the side of the source (Picard and
Ratliff, Networks 5, 1975):

    i → sink      capacity u_i       where u_i > 0   (cut when i is chosen)
    source → i    capacity −u_i      where u_i < 0   (cut when i is not; u_i goes to the constant)
    i → j, j → i  capacity ½ q c_ij  for ij ∈ P      (cut when just one is chosen)
    source → i    without limit      for required i
    i → sink      without limit      for excluded i

Bounds on |X| and the rule inter(X) ≤ M_inter are not in the model: it is a relaxation, and its
optimum is the problem's if it meets them.

Capacities are multiplied by a power of two and rounded to integers, so that for every X

    |cut / scale + constant − loss(X)| ≤ rounding_error = Σ |scale · capacity − integer| / scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt_models.data import SelectionData

# Flows are 64-bit; this leaves room for arcs without limit.
_LARGEST_SUM_BITS = 60

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MinCutModel:
    """A network whose minimum cuts are the best ensembles.

    Attributes
    ----------
    tails, heads, capacities : ndarrays of shape (arcs,)
        Nodes 0, …, n − 1 are the models, then come `source` and `sink`.
    source, sink : int
    scale, constant, rounding_error : float
        See the module's text.
    """

    tails: Ints
    heads: Ints
    capacities: Ints
    source: int
    sink: int
    scale: float
    constant: float
    rounding_error: float


def build_min_cut(problem: SelectionData) -> MinCutModel:
    """Build the network of a selection problem with α ≤ 1/3.

    Raises
    ------
    ValueError
        α is above 1/3, or an entry is below 0.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> network = build_min_cut(SelectionProblem(table, alpha=0.25))
    >>> network.source, network.sink, len(network.tails)
    (3, 4, 7)
    """
    c, n = problem.matrix, len(problem.models)
    reward = 1 - 3 * problem.alpha
    if reward < 0:
        raise ValueError(f"a minimum cut needs alpha ≤ 1/3, not {problem.alpha!r}")
    if (c < 0).any():
        raise ValueError("a minimum cut needs entries of at least 0")
    degree = np.array([math.fsum(row) for row in c])
    unary = problem.beta - problem.alpha * degree - reward / 2 * degree
    source, sink = n, n + 1
    cheap, dear = np.flatnonzero(unary < 0), np.flatnonzero(unary > 0)
    i, j = np.nonzero(c) if reward > 0 else (np.empty(0, int), np.empty(0, int))
    values = np.concatenate([-unary[cheap], unary[dear], reward / 2 * c[i, j]])
    total = math.fsum(values)
    exponent = _LARGEST_SUM_BITS - math.frexp(total)[1] if total > 0 else 0
    scale = math.ldexp(1.0, min(exponent, 1000))
    capacities = np.rint(values * scale)
    error = math.fsum(np.abs(values * scale - capacities)) / scale

    position = {name: k for k, name in enumerate(problem.models)}
    required = np.array([position[name] for name in problem.require], dtype=np.int64)
    excluded = np.array([position[name] for name in problem.exclude], dtype=np.int64)
    unlimited = np.full(len(required) + len(excluded), 1 << (_LARGEST_SUM_BITS + 1))
    to = np.full_like
    tails = [to(cheap, source), dear, i, to(required, source), excluded]
    heads = [cheap, to(dear, sink), j, required, to(excluded, sink)]
    return MinCutModel(
        tails=np.concatenate(tails).astype(np.int64),
        heads=np.concatenate(heads).astype(np.int64),
        capacities=np.concatenate([capacities.astype(np.int64), unlimited]),
        source=source,
        sink=sink,
        scale=scale,
        constant=problem.alpha * problem.m_inter_value
        + (1 - problem.alpha) * problem.m_intra_value
        + math.fsum(unary[cheap]),
        rounding_error=error,
    )

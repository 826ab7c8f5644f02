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

Required models are part of the source, excluded ones of the sink, and only the free models are
nodes: a pair with a required model changes u_i by −½ q c_ij, one with an excluded model by ½ q
c_ij, and the constant is the loss of the required models alone.

Bounds on |X|, side constraints and the inter constraint are not in the model: it is a relaxation,
and its optimum is the problem's if it meets them.

Capacities are multiplied by a power of two and rounded to integers, so that for every X

    |cut / scale + constant − loss(X)| ≤ rounding_error,

the sum of what rounding did to the capacities, and a rounding allowance for the sums behind them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt_models.constraints import power_of_two
from chemopt_models.data import ChemistryData

# Flows are 64-bit.
_LARGEST_SUM_BITS = 60
# NumPy adds up in pairs of pairs: k numbers lose less than (16 + log2 k) units in the last place of
# the sum of their sizes, here for the sums of the constant, and for u.
_SUM_ERROR = 256 * 2.0**-53

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MinCutModel:
    """A network whose minimum cuts are the best ensembles.

    Attributes
    ----------
    tails, heads, capacities : ndarrays of shape (arcs,)
        Nodes 0, …, m − 1 are the free models, then come `source` and `sink`.
    source, sink : int
    free, required : ndarrays of int
        The numbers, in the pool, of the models that are nodes, and of those in the source.
    scale, constant, rounding_error : float
        See the module's text.
    """

    tails: Ints
    heads: Ints
    capacities: Ints
    source: int
    sink: int
    free: Ints
    required: Ints
    scale: float
    constant: float
    rounding_error: float


def build_min_cut(problem: ChemistryData) -> MinCutModel:
    """Build the network of a selection problem with α ≤ 1/3.

    Raises
    ------
    ValueError
        α is above 1/3, or an entry is below 0.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> network = build_min_cut(ChemistryProblem(table, alpha=0.25))
    >>> network.source, network.sink, len(network.tails)
    (3, 4, 7)
    """
    c = problem.matrix
    reward = 1 - 3 * problem.alpha
    if reward < 0:
        raise ValueError(f"a minimum cut needs alpha ≤ 1/3, not {problem.alpha!r}")
    if (c < 0).any():
        raise ValueError("a minimum cut needs entries of at least 0")
    required = _flags(problem.models, problem.require)
    excluded = _flags(problem.models, problem.exclude)
    inside, free = np.flatnonzero(required), np.flatnonzero(~required & ~excluded)
    degree = np.array([math.fsum(row) for row in c[free]])
    # to the source and to the sink, for each free model: its own u_i, and its pairs with fixed ones
    own = problem.beta - problem.alpha * degree - reward / 2 * degree
    with_in = reward / 2 * c[np.ix_(free, inside)].sum(axis=1)
    with_out = reward / 2 * c[np.ix_(free, np.flatnonzero(excluded))].sum(axis=1)
    unary = own - with_in + with_out
    source, sink = len(free), len(free) + 1
    cheap, dear = np.flatnonzero(unary < 0), np.flatnonzero(unary > 0)
    among = c[np.ix_(free, free)]
    i, j = np.nonzero(among) if reward > 0 else (np.empty(0, int), np.empty(0, int))
    values = np.concatenate([-unary[cheap], unary[dear], reward / 2 * among[i, j]])
    total = math.fsum(values)
    scale = power_of_two(total, _LARGEST_SUM_BITS)
    capacities = np.rint(values * scale)
    error = math.fsum(np.abs(values * scale - capacities)) / scale

    to = np.full_like
    return MinCutModel(
        tails=np.concatenate([to(cheap, source), dear, i]).astype(np.int64),
        heads=np.concatenate([cheap, to(dear, sink), j]).astype(np.int64),
        capacities=capacities.astype(np.int64),
        source=source,
        sink=sink,
        free=free,
        required=inside,
        scale=scale,
        constant=_loss_of(problem, inside) + math.fsum(unary[cheap]),
        rounding_error=error + _SUM_ERROR * problem.m_intra_value,
    )


def _flags(models: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.bool_]:
    named = set(names)
    return np.array([name in named for name in models])


def _loss_of(problem: ChemistryData, models: Ints) -> float:
    """Return the loss of the required models alone, up to `_SUM_ERROR` of all chemistry."""
    within = problem.matrix[np.ix_(models, models)]
    intra = float(within.sum()) / 2
    inter = float(problem.matrix[models].sum()) - 2 * intra
    return math.fsum(
        [
            problem.alpha * (problem.m_inter_value - inter),
            (1 - problem.alpha) * (problem.m_intra_value - intra),
            problem.beta * len(models),
        ]
    )

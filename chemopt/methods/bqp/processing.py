"""What is done at a node of branch and bound: bounds and heuristics, until it is pruned or split.

1. Presolve fixes more variables (`presolve`), and leaves out sizes whose bound is no better than
   the incumbent (`size_bounds`).
2. A node with few free variables, or few points of the sizes left, is enumerated (`enumeration`);
   with an inter constraint, the bound of that constraint alone is computed (`inter_bound`).
3. The semidefinite bound is computed from the multipliers of the parent (`dual_warm_start`,
   `sdp`), until the node can be pruned or progress is too slow for that; where many variables are
   free, a low-rank factor gives the bound to start from (`low_rank`), and where very many are, the
   bound itself, while tabu search goes on. An inter constraint is left out at first, and then
   has a multiplier that is looked for by itself (`inter_multiplier`).
4. Heuristics look for a better incumbent (`incumbent`).
5. Reduced costs fix variables (`reduced_costs`); if many, the node is processed again.
6. The node is split (`branching`): where products are nearly equal, into its few sizes; where the
   inter constraint binds, on the size, as long as there are several; else on the variable whose
   product with node 0 is closest to 0.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chemopt.execution.clock import Stopwatch
from chemopt.methods.bqp.bound.certify import certify
from chemopt.methods.bqp.bound.dual_warm_start import dual_warm_start
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.inter_bound import inter_bound
from chemopt.methods.bqp.bound.inter_multiplier import bound_with_multiplier
from chemopt.methods.bqp.bound.low_rank import low_rank_bound
from chemopt.methods.bqp.bound.pair_bound import pair_bound
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import BoundParameters, NodeBound, bound_node
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.bound.size_bounds import narrow_sizes, size_bounds
from chemopt.methods.bqp.branching import (
    Node,
    Subproblem,
    branch_on_size,
    branch_on_variable,
    with_sizes,
)
from chemopt.methods.bqp.enumeration import best_points, count_points
from chemopt.methods.bqp.forms import Forms
from chemopt.methods.bqp.incumbent import Incumbent, PrimalHeuristics
from chemopt.methods.bqp.presolve import fix_variables
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing, Indices
from chemopt.methods.bqp.reduced_costs import reduced_cost_fixing
from chemopt.numerics import PRUNE_TOLERANCE

# Nodes with up to this many free variables are enumerated: 65 536 values take about a millisecond.
ENUMERATION_LIMIT = 16
# So are nodes with so few points of the sizes left.
_FEW_POINTS = 1 << 14
# Sizes are left out where at most this many remain, and a node is split into them, if what
# distinguishes points of one size is much smaller than the products.
_SIZES = 6
# Points of an enumeration that are offered as incumbents at first, and by how much more each time.
_OFFERED, _MORE_OFFERED = 64, 8
# A node is processed again, instead of split, when this share of its free variables was fixed.
_PROCESS_AGAIN = 0.15
_ROOT = BoundParameters(rho=0.5, iterations=30, rounds=60, patience=8.0)
_CHILD = BoundParameters(rho=0.005, iterations=40, rounds=30, patience=4.0, odd_cliques=0)
# Multipliers grow slowly in large problems, and there are many more inequalities.
_TRIANGLES_PER_NODE = 10
# Moves of tabu search for each variable: in a sweep over the rows of a low-rank factor, and, for a
# thousand variables, in a few evaluations of the dual. Either takes about as long.
_MOVES_IN_A_SWEEP, _MOVES_IN_EVALUATIONS = 0.25, 8


@dataclass(frozen=True)
class NodeOptions:
    """How nodes are processed.

    Attributes
    ----------
    seed : int
        Of the heuristics.
    enumeration_limit : int
        Nodes with at most this many free variables are enumerated.
    root, child : BoundParameters
        Of the semidefinite bounds at the root and at all other nodes.
    low_rank : tuple of (int, int)
        With more nodes in the sign form than the first, a low-rank factor gives the bound to start
        from; with more than the second, where eigendecompositions take too long, the bound itself.
    """

    seed: int = 0
    enumeration_limit: int = ENUMERATION_LIMIT
    root: BoundParameters = _ROOT
    child: BoundParameters = _CHILD
    low_rank: tuple[int, int] = (200, 1500)


DEFAULTS = NodeOptions()


@dataclass(frozen=True, eq=False)
class Processed:
    """What is left of a node.

    Attributes
    ----------
    bound : float
        Of all that is left.
    subproblems : list of Subproblem
        Into which it was split; none of a node that was pruned, one if there was a stop.
    duals, parent
        Multipliers for a warm start, and the subproblem that they belong to.
    """

    bound: float
    subproblems: list[Subproblem]
    duals: Duals | None
    parent: Subproblem | None


class NodeProcessor:
    """Processes nodes of one problem, one after another.

    Attributes
    ----------
    problem : BinaryQuadratic
        With rows scaled, and a row for the size.
    options : NodeOptions
    stop : callable
        Polled every few milliseconds.
    incumbent : Incumbent
    granular : bool
        Whether nodes are pruned by the objective granularity.
    pruned_bound : float
        The least bound of nodes pruned by the tolerance.
    decompositions : int
        Eigendecompositions so far.
    """

    def __init__(
        self,
        problem: BinaryQuadratic,
        options: NodeOptions,
        stop: Callable[[], bool],
        improved: Callable[[Bools], None],
        clock: Stopwatch,
    ) -> None:
        self.options, self.stop = options, stop
        self.forms = Forms(problem)
        self.problem = self.forms.problem
        self.granular = problem.granularity > 8 * problem.rounding_error
        self.incumbent = Incumbent(self.problem, improved=improved, clock=clock)
        self.pruned_bound = math.inf
        self.decompositions = 0

    def heuristics(self, root: Fixing) -> PrimalHeuristics:
        """Return heuristics that improve the incumbent."""
        return PrimalHeuristics(self.incumbent, root, self.options.seed, self.stop)

    def detached(
        self, stop: Callable[[], bool], improved: Callable[[Bools], None]
    ) -> NodeProcessor:
        """Return one that begins with the incumbent as it is now, and changes nothing here."""
        alone = copy.copy(self)
        alone.stop = stop
        alone.incumbent = replace(self.incumbent, improved=improved, history=[])
        alone.pruned_bound, alone.decompositions = math.inf, 0
        return alone

    def process(self, node: Node, number: int, heuristics: PrimalHeuristics) -> Processed:
        """Bound a node, and prune or split it.

        `number` counts the nodes processed; heuristics at different nodes differ by it.
        """
        bound, duals, parent = node.bound, node.duals, node.parent
        presolved = self.presolve(node.subproblem)
        while presolved is not None:
            left, restricted = presolved
            fixed = left.fixed
            cheap = self.cheap_bound(restricted, left)
            bound = max(bound, cheap)
            if bound >= self.cutoff:
                return self.pruned(bound)
            form = self.forms.of(left, restricted)
            relaxed = self.semidefinite_bound(form, left, duals, parent, bound, cheap, heuristics)
            bound = max(bound, self.forms.objective_bound(form, relaxed.certificate.bound, left))
            duals, parent = relaxed.duals, left
            if bound < self.cutoff:
                heuristics.at_node(restricted, relaxed.matrix, fixed, number)
            if bound >= self.cutoff:
                return self.pruned(bound)
            if self.stop():
                return Processed(bound, [left], duals, left)
            values = reduced_cost_fixing(relaxed.certificate, self.target(form, left))
            free = np.flatnonzero(fixed == FREE)
            if (values != FREE).any():
                self.prune(self.cutoff)
                fixed = fixed.copy()
                fixed[free] = values
            presolved = self.presolve(Subproblem(fixed, left.sizes))
            if presolved is None:
                break
            left, restricted = presolved
            enough = (1 - _PROCESS_AGAIN) * len(free)
            if restricted.n > max(self.options.enumeration_limit, enough):
                return Processed(bound, self.split(left, free, relaxed, form), duals, parent)
        return Processed(math.inf, [], None, None)

    def pruned(self, bound: float) -> Processed:
        """Note the bound of a node that is pruned."""
        self.prune(bound)
        return Processed(bound, [], None, None)

    def presolve(self, subproblem: Subproblem) -> tuple[Subproblem, BinaryQuadratic] | None:
        """Fix variables and leave out sizes until nothing changes.

        Return what is left, and the problem in its free variables; None if nothing is left.
        """
        sizes, fixed = subproblem.sizes, subproblem.fixed
        while sizes[0] <= sizes[1]:
            problem = with_sizes(self.problem, sizes)
            more = fix_variables(problem, fixed)
            if more is None:
                break
            left, restricted = Subproblem(more, sizes), problem.restrict(more)
            narrowed = self.narrowed(restricted, left)
            if narrowed == sizes:
                return left, restricted
            fixed, sizes = more, narrowed
        return None

    def narrowed(self, restricted: BinaryQuadratic, left: Subproblem) -> tuple[int, int]:
        """Return the sizes of a node that may hold better points than the incumbent.

        All that the node has, unless few are left: another row costs more than it gains.
        """
        chosen = int((left.fixed == 1).sum())
        bounds = size_bounds(restricted) - self.problem.rounding_error
        (low, high), bound = narrow_sizes(bounds, left.more(restricted.n), self.cutoff)
        if high - low >= _SIZES:
            return left.sizes
        self.prune(bound)
        return low + chosen, high + chosen

    def immediate_bound(self, root: Subproblem) -> float:
        """Return a bound that takes little time, so that there is one however short the time."""
        restricted = self.problem.restrict(root.fixed)
        bound = pair_bound(restricted) - self.problem.rounding_error
        if restricted.n >= self.options.low_rank[0]:
            return bound
        form = self.forms.of(root, restricted)
        relaxation = Relaxation(form)
        u = relaxation.use(Duals.eigenvalue_bound(form.matrix))
        return max(bound, self.forms.objective_bound(form, certify(relaxation, u).bound, root))

    def is_enumerated(self, fixed: Fixing) -> bool:
        """Return whether a node has so few free variables that all its points are enumerated."""
        return int((fixed == FREE).sum()) <= self.options.enumeration_limit

    def cheap_bound(self, restricted: BinaryQuadratic, left: Subproblem) -> float:
        """Return a bound without a matrix: by enumeration, or by the inter constraint."""
        if self.is_enumerated(left.fixed):
            return self.enumerate(restricted, left.fixed, None)
        low, high = left.more(restricted.n)
        most = min(_FEW_POINTS, 1 << self.options.enumeration_limit)
        if count_points(restricted.n, low, high) <= most:
            return self.enumerate(restricted, left.fixed, (low, high))
        return inter_bound(restricted, low, high) - self.problem.rounding_error

    def enumerate(
        self, restricted: BinaryQuadratic, fixed: Fixing, sizes: tuple[int, int] | None
    ) -> float:
        """Offer the best points of a node as incumbents; return a bound that prunes it."""
        most = _OFFERED
        while True:
            points, rest = best_points(restricted, most, sizes)
            for point in points:
                self.incumbent.offer_restricted(point, fixed)
            if rest >= self.cutoff:
                return rest
            most *= _MORE_OFFERED  # all of these violate a constraint within rounding error

    def semidefinite_bound(
        self,
        form: SignForm,
        left: Subproblem,
        duals: Duals | None,
        parent: Subproblem | None,
        known: float,
        alone: float,
        heuristics: PrimalHeuristics,
    ) -> NodeBound:
        """Compute the semidefinite bound, by a warm start if there are multipliers for it.

        `known` is a bound of the node that is known already, and `alone` that of the inter
        constraint alone.

        The multiplier of the inter constraint is 0 at first, in the whole problem and in nodes with
        fewer sizes than their parents. It is looked for where that is not enough, and the nodes
        below have one if it gave a better bound than all that is known.
        """
        # those of another form, with other coefficients, are a bad start
        if parent is not None and self.forms.is_centred(left) != self.forms.is_centred(parent):
            duals = None
        if form.inter is None or form.nodes > self.options.low_rank[0]:
            return self.bound_from(form, left, duals, parent, known, heuristics)
        if duals is not None and parent is not None and parent.sizes == left.sizes:
            used = form if duals.inter > 0 else replace(form, inter=None)
            return self.bound_from(used, left, duals, parent, known, heuristics)
        warm = duals if duals is not None and duals.inter > 0 else None
        found = [
            self.bound_from(
                replace(form, inter=None), left, None if warm else duals, parent, known, heuristics
            )
        ]
        enough = self.proved(form, found, left) >= self.cutoff
        if enough or not (warm or form.exceeds_limit(found[0].matrix)):
            return found[0]
        if warm:
            found.append(self.bound_from(form, left, warm, parent, known, heuristics))
        if not (warm and self.proved(form, found, left) >= max(known, alone)) and not self.stop():
            relaxed = bound_with_multiplier(
                form, found[0], self.target(form, left), self.options.child,
                falling=self.proved(form, found[:1], left) < max(known, alone), stop=self.stop,
            )  # fmt: skip
            self.decompositions += relaxed.evaluations
            found.append(relaxed)
        # With one size, a multiplier that is no better than the constraint alone is of no use
        # below; with several, what counts is the size at which to split.
        if left.one_size and self.proved(form, found, left) <= alone:
            return found[0]
        return min(found, key=lambda node: node.certificate.bound)

    def proved(self, form: SignForm, found: list[NodeBound], left: Subproblem) -> float:
        """Return the best bound of f of those that were found."""
        least = min(node.certificate.bound for node in found)
        return self.forms.objective_bound(form, least, left)

    def bound_from(
        self,
        form: SignForm,
        left: Subproblem,
        duals: Duals | None,
        parent: Subproblem | None,
        known: float,
        heuristics: PrimalHeuristics,
    ) -> NodeBound:
        """Compute the semidefinite bound of a form from the multipliers of the parent, if any."""
        large, largest = self.options.low_rank
        matrix = None
        if form.nodes > largest or (form.nodes > large and duals is None):
            relaxed = self.low_rank_bound(form, left, heuristics)
            if form.nodes > largest or self.stop():
                return relaxed
            parameters, start, matrix = self.options.root, relaxed.duals, relaxed.matrix
            known = max(known, self.forms.objective_bound(form, relaxed.certificate.bound, left))
        elif duals is None or parent is None:
            parameters, start = self.options.root, Duals.eigenvalue_bound(form.matrix)
        else:
            values = left.fixed[parent.fixed == FREE]
            parameters = self.options.child
            start = dual_warm_start(self.forms.of(parent), duals, values, form)
        stop: Callable[[], bool] = self.stop
        if form.nodes > large:
            # the regularisation is not to cause a larger error than the gap
            gap = max(self.cutoff - known, 0.0) / form.scale
            parameters = replace(
                parameters,
                rho=min(parameters.rho, 2 * gap / form.nodes**2),
                triangles=_TRIANGLES_PER_NODE * form.nodes,
            )
            stop = self.searching(heuristics, _MOVES_IN_EVALUATIONS * form.nodes / 1000)
        relaxed = bound_node(
            form, start, self.target(form, left), parameters, matrix=matrix, stop=stop
        )
        self.decompositions += relaxed.evaluations
        return relaxed

    def low_rank_bound(
        self, form: SignForm, left: Subproblem, heuristics: PrimalHeuristics
    ) -> NodeBound:
        """Compute the semidefinite bound from a low-rank factor."""
        stop = self.searching(heuristics, _MOVES_IN_A_SWEEP)
        relaxed = low_rank_bound(form, self.target(form, left), seed=self.options.seed, stop=stop)
        self.decompositions += relaxed.evaluations
        return relaxed

    def searching(self, heuristics: PrimalHeuristics, moves: float) -> Callable[[], bool]:
        """Return a stop callback that goes on with tabu search, some moves for each variable."""

        def stop() -> bool:
            heuristics.search_on(int(moves * heuristics.root_problem.n))
            return self.stop()

        return stop

    @property
    def cutoff(self) -> float:
        """Nodes with at least this bound are pruned."""
        error, value = 4 * self.problem.rounding_error, self.incumbent.value
        if self.incumbent.x is None:
            return 2 * self.problem.magnitude + 1  # no point has such a value
        if self.granular:
            return value - self.problem.granularity + error
        return value - PRUNE_TOLERANCE * abs(value) - error

    def target(self, form: SignForm, left: Subproblem) -> float:
        """Return the bound of ⟨W, X⟩ at which a node is pruned."""
        return self.forms.target(form, self.cutoff, left)

    def prune(self, bound: float) -> None:
        """Note the bound of a node that holds nothing better than the cutoff."""
        if not self.granular:
            self.pruned_bound = min(self.pruned_bound, bound)

    def split(
        self, left: Subproblem, free: Indices, relaxed: NodeBound, form: SignForm
    ) -> list[Subproblem]:
        """Split a node on its sizes, or on a variable.

        `free` are the variables of the relaxation and its form; some of them are now fixed.
        """
        fixed, (low, high) = left.fixed, left.sizes
        if low < high < low + _SIZES and self.forms.is_sharper(low):
            return [Subproblem(fixed, (size, size)) for size in range(low, high + 1)]
        row = relaxed.matrix[0, 1:]
        if relaxed.duals.inter > 0 or form.exceeds_limit(relaxed.matrix):
            size = float((fixed == 1).sum()) + float(row.sum() + len(row)) / 2
            subproblems = branch_on_size(fixed, left.sizes, size)
            if subproblems:
                return subproblems
        still = fixed[free] == FREE
        return branch_on_variable(fixed, left.sizes, free[still], row[still])

"""chemopt's own exact solver for binary quadratic problems, on plain arrays.

=================  =========================================================================
`problem`          the problem: a quadratic function of 0/1 variables and its constraints
`search`           branch and bound: the entry point, and all that follows put together
`presolve`         fix variables without branching
`enumeration`      few variables: evaluate all points
`bound`            the semidefinite bound of a node, and its proof in floating point
`reduced_costs`    fix variables by the bound
`branching`        nodes, and how they are split
`incumbent`        the best point so far, and the heuristics that improve it
`heuristics`       tabu search, double swaps, randomised rounding
=================  =========================================================================

The mathematics, with what was measured, is in docs/exact-selection.md.
"""

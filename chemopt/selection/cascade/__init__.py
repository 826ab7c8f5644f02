"""Cascades: ask models in an order until one is right.

===================  ==============================================================================
`items`              what an answer costs, item by item: weighted patterns with costs
`problem`            which cascades are feasible, and what is wanted
`verifier`           a verifier that errs
`order`              expected cost, coverage and reach of one order; the cheapest order of one set
`front`              undominated pairs of cost and coverage
`subsets`            all sets at once, by dynamic programming: up to 24 models
`layers`             sets by size, with bounds: larger pools, or short cascades
`labels`             orders where a second sum counts: latency, or false accepts
`mip`                the declarative model, solved by HiGHS or CP-SAT
`solve`              from a problem to a front, a cascade and a bound
`heuristics`         cheapest first, greedy by ratio, the best model, all in parallel
`held_out`           what cascades chosen in the same way cost and cover on other items
`result`             the answer
`run`                `cascade`, the entry point
===================  ==============================================================================

Let S be the models that were asked, and F_j(S) the cost of asking j on the items that S left
unsolved. F_j(S) depends on the set S, not on its order. So the cheapest order of S begins with the
cheapest order of S∖j, where j is the last model:

    D(∅) = 0,   D(S) = min_{j ∈ S} D(S∖j) + F_j(S∖j).

Coverage depends on S alone. What can be had for which price are the undominated pairs
(D(S), coverage(S)) over the feasible sets S.
"""

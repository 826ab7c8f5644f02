"""Heuristics of the binary quadratic solver; they prove nothing.

======================  ==================================================================
`tabu`                  one-flip tabu search
`violation`             how far a point is outside of the constraints, kept up to date
`double_swap`           pairs of swaps that come close to the limit of the inter constraint
`randomised_rounding`   from the matrix of a semidefinite relaxation to a point
======================  ==================================================================
"""

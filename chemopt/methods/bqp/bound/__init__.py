"""The semidefinite bound of a node, from the problem in ±1 variables to a proved number.

==================  =========================================================================
`sign_form`         the problem in ±1 variables: a maximum cut with linear constraints
`triangles`         triangle inequalities
`hypermetric`       hypermetric inequalities: odd cliques, and integrality of the size
`duals`             multipliers of all constraints of the relaxation
`relaxation`        the regularised dual: its value and gradient
`sdp`               rounds of minimising the dual and exchanging inequalities
`certify`           from multipliers to a bound that holds in floating point
`dual_warm_start`   from the multipliers of a parent to those of a child, with the same bound
`low_rank`          the bound of large problems, by a low-rank factor of X
`pair_bound`        a bound from each pair by itself, without a matrix factorisation
`inter_multiplier`  the multiplier of the inter constraint in the semidefinite bound
`inter_bound`       a bound from the inter constraint alone, without a matrix
==================  =========================================================================
"""

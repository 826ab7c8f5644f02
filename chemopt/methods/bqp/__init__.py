"""chemopt's own exact solver for quadratic 0/1 problems, on plain arrays.

The way through it:

=====================  ==================================================================
`quadratic`            the problem: a quadratic function, rows, the rule on inter
`tabu`                 good points: one-flip tabu search
`persistency`          variables that can be fixed without branching
`small`                few variables: all points
`sign_form`            the problem in ±1 variables: a maximum cut with rows
`triangles`            triangle inequalities and the odd cuts `odd_cuts`
`duals`, `relaxation`  multipliers; the regularised dual, its value and gradient
`certify`              from multipliers to a bound that holds in floating point
`sdp`                  rounds of minimising the dual and exchanging inequalities
`inherit`, `fixing`    what children get from parents; fixing variables by the bound
`rounding`             from a relaxation to points
`branch_and_bound`     all of it together
=====================  ==================================================================
"""

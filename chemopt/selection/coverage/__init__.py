"""Methods for maximum coverage under side constraints, each a module with ``solve(problem, run)``.

===================  ==============================================================================
`greedy`             adds the model with the largest gain, and keeps constraints within reach
`swap`               the greedy ensemble, improved by the best addition, removal or exchange
`branch_and_bound`   finds the best ensemble and proves it
`mip`                the declarative model, solved by HiGHS or CP-SAT
===================  ==============================================================================

They return a `MethodOutcome`, which is read as follows, since coverage is maximised: `bound` is an
*upper* bound of the value of every feasible ensemble, and `claimed_loss` is the *value* by the
method's own account, both in units of items (of `Patterns.weights`).

Ties go to the larger mean accuracy, then by name, and no result depends on the order of models:
`greedy` and `swap` go by that at each step, the exact solver among all ensembles of the best value
(see `ties`). What HiGHS and CP-SAT return is theirs.
"""

"""Which models to ask on which items next, for a better selection.

==================  ===========================================================================
`best`              the best model of outcomes with gaps
`usable`            what a selection may use of outcomes with gaps
`policies`          the order of asking, by method
`cold_start`        what to ask a model first that has hardly any outcome
`race`              the models that may still be in the ensemble
`next_evaluations`  the next calls, within what may be spent, and what is expected of them
`simulate`          a plan carried out on a table that is complete
==================  ===========================================================================
"""

"""The benchmarks, in the order of the help text."""

from chemopt.benchmarks.commands import (
    chemistry,
    coverage,
    formulations,
    peer_review,
    plan,
    selection,
)

COMMANDS = (chemistry, formulations, selection, coverage, plan, peer_review)

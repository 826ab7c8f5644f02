"""The benchmarks, in the order of the help text."""

from chemopt.benchmarks.commands import (
    cascade,
    chemistry,
    coverage,
    formulations,
    peer_review,
    plan,
    selection,
    streaming,
    verdicts,
)

COMMANDS = (
    chemistry,
    formulations,
    selection,
    coverage,
    cascade,
    plan,
    peer_review,
    streaming,
    verdicts,
)

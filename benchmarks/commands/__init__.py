"""The benchmarks, in the order of the help text."""

from benchmarks.commands import (
    cascade,
    chemistry,
    conditions,
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
    conditions,
    coverage,
    cascade,
    plan,
    peer_review,
    streaming,
    verdicts,
)

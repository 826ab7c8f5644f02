"""The commands, in the order of the help text."""

from chemopt.cli.commands import (
    ablate,
    chemistry,
    compare,
    diversity,
    export,
    generate,
    mig,
    profiles,
    recommend,
    replicate,
    review,
    show_versions,
    validate_theory,
)

COMMANDS = (
    recommend,
    compare,
    chemistry,
    profiles,
    mig,
    diversity,
    generate,
    review,
    replicate,
    validate_theory,
    ablate,
    export,
    show_versions,
)

"""The commands, in the order of the help text."""

from chemopt.cli.commands import (
    ablate,
    chemistry,
    compare,
    export,
    generate,
    mig,
    profiles,
    recommend,
    review,
    show_versions,
    validate_theory,
)

COMMANDS = (
    recommend, compare, chemistry, profiles, mig, generate, review, validate_theory, ablate, export,
    show_versions,
)  # fmt: skip

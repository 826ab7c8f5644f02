"""The commands, in the order of the help text."""

from chemopt.cli.commands import (
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
    recommend, compare, chemistry, profiles, mig, generate, review, validate_theory, export,
    show_versions,
)  # fmt: skip

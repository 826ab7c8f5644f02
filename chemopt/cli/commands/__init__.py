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
)

COMMANDS = (recommend, compare, chemistry, profiles, mig, generate, review, export, show_versions)

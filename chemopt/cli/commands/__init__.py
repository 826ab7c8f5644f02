"""The commands, in the order of the help text."""

from chemopt.cli.commands import (
    chemistry,
    compare,
    diversity,
    export,
    generate,
    mig,
    profiles,
    recommend,
    replicate,
    show_versions,
)

COMMANDS = (
    recommend,
    compare,
    chemistry,
    profiles,
    mig,
    diversity,
    replicate,
    generate,
    export,
    show_versions,
)

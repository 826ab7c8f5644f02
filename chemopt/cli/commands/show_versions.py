"""``chemopt show-versions``: what to put in a bug report."""

from __future__ import annotations

import argparse

from chemopt.cli.output import emit
from chemopt.versions import versions_text

NAME = "show-versions"
HELP = "Show the versions of chemopt, Python and the libraries it uses."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command (none)."""


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    emit(versions_text(), None)
    return 0

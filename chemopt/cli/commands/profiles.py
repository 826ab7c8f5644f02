"""``chemopt profiles``: what a history says of each model, and whether that is enough."""

from __future__ import annotations

import argparse
import dataclasses

from chemopt.cli import options
from chemopt.cli.inputs import cost_settings, read_profiles
from chemopt.cli.output import check_writable, emit
from chemopt.frames import profiles_text, to_json
from chemopt.profiles.saturation import diagnose

NAME = "profiles"
HELP = "Show the profile of each model, and whether the profiles are saturated."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    profiles = read_profiles(arguments)
    saturation = diagnose(profiles, **cost_settings(arguments, ("usage_threshold",)))
    if arguments.format == "json":
        text = to_json({**profiles.to_dict(), "saturation": dataclasses.asdict(saturation)})
    elif arguments.format == "csv":
        text = profiles.to_frame().to_csv(index=False)
    else:
        text = profiles_text(profiles, saturation)
    emit(text, arguments.output)
    return 0

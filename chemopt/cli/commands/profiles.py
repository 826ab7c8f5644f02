"""``chemopt profiles``: the profile of each model, and whether the profiles are saturated."""

from __future__ import annotations

import argparse
import dataclasses

from chemopt.cli import options
from chemopt.cli.inputs import cost_settings, read_profiles
from chemopt.cli.output import check_writable, emit_frame, warn
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_text
from chemopt.profiles.profiles import Profiles
from chemopt.profiles.saturation import Saturation, check_saturation

NAME = "profiles"
HELP = "Show the profile of each model, and whether the profiles are saturated."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser, prices=False)
    options.add_plot(parser, "the profiles")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    profiles = read_profiles(arguments)
    saturation = check_saturation(profiles, **cost_settings(arguments, ("usage_threshold",)))
    write_plot(profiles.plot, arguments.plot)
    emit_frame(
        arguments,
        profiles.to_frame(),
        table=lambda: _table(profiles, saturation),
        data=lambda: {
            **profiles.to_dict(),
            "warnings": list(saturation.warnings),
            "saturation": dataclasses.asdict(saturation),
        },
    )
    warn(saturation.warnings, arguments)
    return 0


def _table(profiles: Profiles, saturation: Saturation) -> str:
    """Write the profiles, the number of historical subsets, and the diagnosis."""
    frame = profiles.to_frame()
    if not frame["trial"].notna().any():
        frame = frame.drop(columns="trial")
    formats = {"quality": "{:.4f}", "accuracy": "{:.6f}", "penalty": "{:.3g}",
               "quality_se": "{:.2g}", "accuracy_se": "{:.2g}"}  # fmt: skip
    # when saturated, the message is among the warnings
    diagnosis = [] if saturation.saturated else [saturation.message]
    return "\n".join(
        [
            f"task: {profiles.task}",
            f"aggregate: {profiles.aggregate}, accuracy floor {profiles.accuracy_floor:g}",
            "",
            frame_text(frame, formats),
            "",
            f"{len(profiles.subsets)} historical subsets",
            *diagnosis,
            *(f"warning: {warning}" for warning in saturation.warnings),
        ]
    )

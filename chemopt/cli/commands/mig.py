"""``chemopt mig``: the model interaction graph of a pool."""

from __future__ import annotations

import argparse

from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.cli import options
from chemopt.cli.inputs import cost_settings, read_profiles
from chemopt.cli.output import check_writable, emit
from chemopt.frames import mig_text, to_json

NAME = "mig"
HELP = "Build the model interaction graph and count or list its nodes."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_cost(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    profiles = read_profiles(arguments)
    cost = cost_settings(arguments, ("usage_threshold", "empty_cost", "weights"))
    mig = ModelInteractionGraph(ProfileCost(profiles, **cost))
    if arguments.format == "json":
        nodes = [
            {"models": sorted(node.models), "used": sorted(node.used), "cost": node.cost}
            for node in mig
        ]
        text = to_json({"models": list(mig.models), "node_count": len(mig), "nodes": nodes})
    elif arguments.format == "csv":
        text = mig.to_frame().to_csv(index=False)
    else:
        text = mig_text(mig)
    emit(text, arguments.output)
    return 0

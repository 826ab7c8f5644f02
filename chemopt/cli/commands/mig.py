"""``chemopt mig``: the model interaction graph of a pool."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.cli import options
from chemopt.cli.inputs import cost_settings, read_profiles
from chemopt.cli.output import check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_text

NAME = "mig"
HELP = "Build the model interaction graph and count or list its nodes."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser, prices=False)
    options.add_cost(parser)
    options.add_plot(parser, "the graph")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    profiles = read_profiles(arguments)
    cost = cost_settings(arguments, ("usage_threshold", "empty_cost", "weights"))
    mig = ModelInteractionGraph(ProfileCost(profiles, **cost))
    write_plot(mig.plot, arguments.plot)
    emit_frame(arguments, mig.to_frame(), table=lambda: _table(mig), data=lambda: _data(mig))
    return 0


def _table(mig: ModelInteractionGraph) -> str:
    """Write the size of the graph, and its nodes by number of models."""
    by_size = mig.to_frame().groupby("size")["cost"].agg(["size", "min", "max"]).iloc[::-1]
    by_size.columns = pd.Index(["nodes", "least cost", "largest cost"])
    frame = by_size.rename_axis("models").reset_index()
    costs = {"least cost": "{:.6g}", "largest cost": "{:.6g}"}
    return f"{len(mig)} nodes cover {2 ** len(mig.models)} subsets\n\n{frame_text(frame, costs)}"


def _data(mig: ModelInteractionGraph) -> dict[str, Any]:
    nodes = [
        {"models": sorted(node.models), "used": sorted(node.used), "cost": node.cost}
        for node in mig
    ]
    return {"models": list(mig.models), "node_count": len(mig), "nodes": nodes}

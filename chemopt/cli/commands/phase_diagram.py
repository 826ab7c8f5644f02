"""``chemopt phase-diagram``: the best ensemble for all α and β, and where a heuristic misses it."""

from __future__ import annotations

import argparse

from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.regret import regret_map, regret_text
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit_frame, note, partly
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_records
from chemopt.methods.registry import HEURISTICS
from chemopt.problem.problem import LARGEST_BETA
from chemopt.validation import number, whole

NAME = "phase-diagram"
HELP = "Find the best ensembles for all values of alpha and beta together: a phase diagram."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    parser.add_argument(
        "--beta-max", type=options.number, metavar="B",
        help="largest beta (the largest total chemistry of a model)",
    )  # fmt: skip
    parser.add_argument(
        "--regret", choices=HEURISTICS, help="also show where this heuristic misses the optimum"
    )
    parser.add_argument(
        "--resolution", type=options.whole, metavar="N",
        help="with --regret: values of alpha and of beta in its grid (21)",
    )  # fmt: skip
    options.add_plot(parser, "the regions, or the regret map,")
    options.add_chemistry(parser)
    options.add_problem(parser, weights=False)
    options.add_method(parser)
    options.add_solver(parser, options.WHOLE)
    options.add_executor(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    if arguments.beta_max is not None:
        number("--beta-max", arguments.beta_max, 0, LARGEST_BETA, above=True)
    if arguments.resolution is not None:
        if arguments.regret is None:
            raise InputError("--resolution is that of --regret HEURISTIC, which is not given")
        whole("--resolution", arguments.resolution, 2)
    problem = read_input_problem(arguments)
    chosen = {
        **options.given(arguments, ("beta_max", "executor")),
        **options.method_arguments(arguments),
    }
    diagram, code = partly(lambda: phase_diagram(problem, progress=Progress("solves"), **chosen))
    frame = None
    if arguments.regret is not None and not code:
        frame = regret_map(
            problem, diagram, arguments.regret, progress=Progress("runs"),
            **options.given(arguments, ("resolution", "seed")),
        )  # fmt: skip
    write_plot(lambda: diagram.plot(regret=frame), arguments.plot)
    text, data = str(diagram), diagram.to_dict()
    if frame is not None:
        text += f"\n\n{arguments.regret} {regret_text(frame)}"
        data["regret"] = {"method": arguments.regret, "points": frame_records(frame)}
    emit_frame(
        arguments, diagram.regions if frame is None else frame, table=lambda: text,
        data=lambda: data,
    )  # fmt: skip
    if not diagram.proved:
        note("regions that are not proved may hold better ensembles; give more time")
    return code

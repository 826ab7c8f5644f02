"""``python -m chemopt.benchmarks``."""

import sys

from chemopt.cli.main import run_program

COMMANDS = "chemopt.benchmarks.commands"

if __name__ == "__main__":
    sys.exit(run_program("python -m chemopt.benchmarks", "Measure chemopt.", COMMANDS))

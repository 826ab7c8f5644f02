"""``python -m benchmarks``."""

import sys

from chemopt.cli.main import run_program

COMMANDS = "benchmarks.commands"

if __name__ == "__main__":
    sys.exit(run_program("python -m benchmarks", "Measure chemopt.", COMMANDS))

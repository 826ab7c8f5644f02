"""``python -m chemopt.benchmarks``."""

import sys

from chemopt.benchmarks import chemistry, formulations, peer_review, selection
from chemopt.cli.main import run_command

COMMANDS = (chemistry, formulations, selection, peer_review)

sys.exit(run_command("python -m chemopt.benchmarks", "Measure chemopt.", COMMANDS))

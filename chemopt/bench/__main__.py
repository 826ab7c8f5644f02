"""``python -m chemopt.bench``."""

import sys

from chemopt.bench import chemistry, formulations, peer_review, selection
from chemopt.cli.main import run_command

COMMANDS = (chemistry, formulations, selection, peer_review)

sys.exit(run_command("python -m chemopt.bench", "Measure chemopt.", COMMANDS))

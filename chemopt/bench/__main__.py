"""``python -m chemopt.bench``."""

import sys

from chemopt.bench import chemistry, peer_review, selection
from chemopt.cli.main import run_command

COMMANDS = (chemistry, selection, peer_review)

sys.exit(run_command("python -m chemopt.bench", "Measure chemopt.", COMMANDS))

"""``python -m chemopt.bench``."""

import sys

from chemopt.bench import chemistry, peer_review
from chemopt.cli.main import run_command

sys.exit(run_command("python -m chemopt.bench", "Measure chemopt.", (chemistry, peer_review)))

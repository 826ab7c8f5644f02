"""``python -m chemopt.bench``."""

import sys

from chemopt.bench import chemistry, selection
from chemopt.cli.main import run_command

sys.exit(
    run_command("python -m chemopt.bench", "Measure how fast chemopt is.", (chemistry, selection))
)

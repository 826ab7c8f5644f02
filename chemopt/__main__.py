"""``python -m chemopt``."""

import sys

from chemopt.cli import main

sys.exit(main())

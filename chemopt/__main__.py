"""``python -m chemopt``."""

import sys

from chemopt.cli.main import main

sys.exit(main())

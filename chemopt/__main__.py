"""``python -m chemopt``."""

import sys

from chemopt.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

"""The process that a run has to itself: a run as JSON on stdin, its row as JSON on stdout."""

from __future__ import annotations

import json
import sys

from benchmarks.cases import Case
from benchmarks.runs import Run, run_here


def main() -> None:
    """Read, run, write."""
    given = json.load(sys.stdin)
    row = run_here(Run(**{**given, "case": Case(**given["case"])}))
    print(json.dumps(row, allow_nan=False))


if __name__ == "__main__":
    main()

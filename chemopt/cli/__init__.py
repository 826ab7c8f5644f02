"""The command line `chemopt`.

A command is a module in `chemopt.cli.commands` with `NAME`, `HELP`, `add_options(parser)` and
``run(arguments) -> int`` (the exit code). Exit codes: 0; 1 for a well-formed question without an
answer, or a solver that fails; 2 for bad input or usage, with one line on stderr; 130 when
interrupted.
"""

NO_ANSWER, USAGE_ERROR, INTERRUPTED = 1, 2, 130

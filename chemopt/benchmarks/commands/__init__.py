"""The benchmarks, in the order of the help text."""

from chemopt.benchmarks.commands import chemistry, coverage, formulations, peer_review, selection

COMMANDS = (chemistry, formulations, selection, coverage, peer_review)

"""The benchmarks, in the order of the help text."""

from chemopt.benchmarks.commands import chemistry, formulations, peer_review, selection

COMMANDS = (chemistry, formulations, selection, peer_review)

"""Exact methods that need no solver's model: enumeration, minimum cuts, branch and bound."""

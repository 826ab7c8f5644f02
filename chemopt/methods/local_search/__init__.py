"""Heuristics that change an ensemble a few models at a time."""

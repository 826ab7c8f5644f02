"""Baselines: what a method that searches for the least loss is to be better than."""

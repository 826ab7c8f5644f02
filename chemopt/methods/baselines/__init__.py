"""Baselines: what a method that searches for the least loss must beat."""

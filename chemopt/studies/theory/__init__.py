"""Statements on cost and chemistry, checked on generated profiles."""

"""Histories that do not fit in memory: passes over files by DuckDB, which is an extra."""

"""Outcomes: which model got which item right, item by item."""

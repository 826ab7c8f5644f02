"""The selection problem: its loss, its constraints, and the files that hold it."""

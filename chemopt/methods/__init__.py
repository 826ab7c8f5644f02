"""The methods that solve a selection problem; `recommend` is the entry point."""

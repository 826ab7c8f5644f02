"""A report as HTML: one file with its style, its script and its pictures."""

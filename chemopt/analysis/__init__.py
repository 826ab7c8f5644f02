"""More than one answer: comparisons, alternatives, explanations, trade-offs, stability."""

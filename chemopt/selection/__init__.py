"""Selection on outcomes: ensembles that cover most items, or vote best, and held-out estimates."""

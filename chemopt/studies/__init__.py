"""Studies of the method itself: theory, ablations, diversity, the published experiments."""

"""The polynomial algorithm for chemistry, for rank-weighted costs."""

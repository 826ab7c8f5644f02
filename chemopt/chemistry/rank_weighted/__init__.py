"""Exact chemistry in polynomial time, for rank-weighted costs."""

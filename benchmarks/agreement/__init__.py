"""Random problems, every method, and an enumeration in exact rationals that shares no code."""

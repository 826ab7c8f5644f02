"""How many runs are carried out: executors, one deadline for all, and a store of their results."""

"""Solvers that chemopt is measured next to, and does not need: SCIP and Gurobi (extra `peers`).

Each module has a function ``solve(program, fixed, seconds, threads, seed) -> PeerAnswer``. It gets
the binary quadratic program as it stands, since products are what these solvers know best how to
take apart.
"""

"""Mixed-integer models of a selection problem, solved by HiGHS and CP-SAT."""

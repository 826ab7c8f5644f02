"""The maximum-coverage model of a problem as an LP or MPS file."""

from __future__ import annotations

from chemopt.errors import InfeasibleError
from chemopt.methods.infeasibility import conflict_message, feasible_ensemble
from chemopt.methods.mip.export import FORMATS, model_text
from chemopt.selection.coverage.mip import check_binary
from chemopt.selection.problem import CoverageProblem
from chemopt.validation import choice


def export_coverage(problem: CoverageProblem, file_format: str) -> str:
    r"""Return the model of a problem as LP or MPS text.

    Parameters
    ----------
    problem : CoverageProblem
    file_format : {"lp", "mps"}

    Raises
    ------
    InputError
        Unknown format, or there are chances between 0 and 1.
    InfeasibleError
        Constraints contradict each other.

    Examples
    --------
    >>> import numpy as np
    >>> from chemopt.outcomes.patterns import Patterns
    >>> patterns = Patterns(("a/b c", "Ω"), np.array([[1.0, 1.0], [0.0, 1.0]]), np.ones(2), 2.0)
    >>> from chemopt import Constraints
    >>> print(export_coverage(CoverageProblem(patterns, Constraints(size=1)), "lp").splitlines()[1])
    \ m1_a_b_c = "a/b c"
    """
    choice("format", file_format, FORMATS)
    check_binary(problem, "the model")
    if feasible_ensemble(problem) is None:
        raise InfeasibleError(f"the problem is infeasible: {conflict_message(problem)}")
    from chemopt_models import build_coverage  # Pyomo takes a while to import

    return model_text(build_coverage(problem), file_format, "maximise coverage")

"""A model of a problem as an LP or MPS file.

Rows and columns are named by the labels of `chemopt_models.labels`; a comment at the head of
the file says which label is which model, as JSON strings, so that any name survives.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from chemopt.errors import InfeasibleError
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.infeasibility import conflict_message, feasible_ensemble
from chemopt.methods.mip.formulations import Formulation, build_formulation
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice

if TYPE_CHECKING:
    import pyomo.environ as pyo

_COMMENT = {"lp": "\\", "mps": "*"}
FORMATS = tuple(_COMMENT)


def export_model(
    problem: ChemistryProblem, file_format: str, formulation: Formulation = "linearised"
) -> str:
    r"""Return a model of a problem as LP or MPS text.

    Parameters
    ----------
    problem : ChemistryProblem
    file_format : {"lp", "mps"}
    formulation : {"linearised", "triangles", "clique", "glover", "rlt"}
        ``"rlt"`` needs a problem with one size (``size=k``). ``"triangle-cuts"`` is a way of
        solving, and is written as ``"linearised"``.

    Raises
    ------
    InputError
        Unknown format or formulation, or the fixed-cardinality RLT of a problem with several sizes.
    InfeasibleError
        Constraints contradict each other.
    UnansweredError
        M_inter ``"cut"`` was not proved.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a/b c", "Ω"), [[0, 1], [1, 0]])
    >>> print(export_model(ChemistryProblem(table), "lp").splitlines()[1])
    \ m1_a_b_c = "a/b c"
    """
    choice("format", file_format, FORMATS)
    if feasible_ensemble(problem) is None:
        raise InfeasibleError(f"the problem is infeasible: {conflict_message(problem)}")
    model = build_formulation(resolve_m_inter(problem), formulation)
    return model_text(model, file_format, "minimise the loss")


def model_text(model: pyo.ConcreteModel, file_format: str, task: str) -> str:
    """Return a Pyomo model of a pool as LP or MPS text.

    Parameters
    ----------
    model : ConcreteModel
        With `name_of`, the model of each label.
    file_format : {"lp", "mps"}
    task : str
        What the model does, for the head of the file.
    """
    # Pyomo picks the format by the file's name.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{file_format}"
        model.write(str(path), io_options={"symbolic_solver_labels": True})
        text = path.read_text(encoding="ascii")
    mark = _COMMENT[file_format]
    head = io.StringIO()
    head.write(f"{mark} chemopt: {task}; which label is which model:\n")
    for label, name in model.name_of.items():
        head.write(f"{mark} {label} = {json.dumps(name)}\n")
    return head.getvalue() + text

"""The phase diagram: which ensemble is best where in the plane of α and β, exactly.

For a given ensemble the loss is a plane over (α, β):

    loss(X) = (M_intra − intra) + α (M_inter − inter − M_intra + intra) + β |X|.

The feasible ensembles are the same for all α and β, so the least loss is the lower envelope of
finitely many planes, and [0, 1] × [0, β_max] falls into convex polygons, each with its ensemble.
`chemopt.analysis.breakpoints` is the case of one dimension.

Up to 20 models all subsets are enumerated; for each size only those on the hull of inter and intra
can win. Larger pools are solved at the vertices of the envelope known so far. The least loss is
concave, so where it equals the envelope at all vertices of a polygon, it equals it inside: a
vertex is *confirmed* when the proved bound there is the value of the envelope (within
`ChemistryProblem.proof_tolerance`), and a polygon is proved when all its vertices are confirmed
(`chemopt.analysis.phase.vertices`).
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from chemopt.analysis.phase.diagram import VERTEX_COLUMNS, PhaseDiagram, regions_frame
from chemopt.analysis.phase.envelope import Point, area, centroid
from chemopt.analysis.phase.subsets import MODEL_LIMIT
from chemopt.analysis.phase.vertices import Enumeration, Solves
from chemopt.errors import Interrupted
from chemopt.execution.clock import Stopwatch
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import open_executor
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.recommend import check_options
from chemopt.methods.registry import MethodName
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import LARGEST_BETA, ChemistryProblem, check_problem
from chemopt.progress import Progress, reporter
from chemopt.validation import number

# Above this many times Σ |c_ij|, a size penalty leaves only the smallest size.
_ALL_DECIDED = 4.0


def phase_diagram(
    problem: ChemistryProblem,
    beta_max: float | None = None,
    *,
    method: MethodName = "auto",
    time_limit: float | None = None,
    executor: str | Executor | None = None,
    progress: Progress = None,
    **options: Any,
) -> PhaseDiagram:
    """Find the best ensemble for all α in [0, 1] and all β in [0, `beta_max`].

    Parameters
    ----------
    problem : ChemistryProblem
        Its own α and β are not used; its constraints hold throughout.
    beta_max : float, optional
        Above 0; by default the largest total chemistry of a model, above which, without side
        constraints, dropping any model lowers the loss.
    method : str
        A method of `recommend` that proves optima. ``"auto"`` and ``"brute-force"`` enumerate all
        subsets of up to 20 models; all else solves at vertices.
    time_limit : float, optional
        Seconds in all, of which one solve takes a quarter of what is left at most. Enumeration,
        which takes a few seconds, does not stop early.
    executor : {"serial", "processes"} or str or Executor, optional
        Where solves at vertices are made; see `chemopt.execution.executors.open_executor`. How many
        it takes depends on the number of workers, the regions that are proved do not.
    progress : bool or callable, optional
        True shows a bar; a function is called with the solves done and those known to be needed.
    **options
        As for `recommend`.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    InputError
        An option is not valid.
    UnansweredError
        No ensemble is feasible (`chemopt.errors.InfeasibleError`), or the method found none at
        α = β = 0.
    Interrupted
        By Ctrl-C after the first solve; it has the diagram as far as it is known.

    Notes
    -----
    Regions whose gain is negligible (1e-9 of the lower quartile of the |c_ij| that are not 0), or
    without area, are left out.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> diagram = phase_diagram(ChemistryProblem(table, m_inter="total"), beta_max=1.0)
    >>> diagram.regions[["models", "area", "proved"]]
          models    area  proved
    0  (a, b, c)  0.1875    True
    1     (a, b)  0.3125    True
    2     (b, c)  0.5000    True
    >>> diagram.at(alpha=0.5, beta=0.5)
    ('a', 'b')
    """
    progress = reporter(progress, "solves")
    check_problem("phase_diagram", problem)
    check_options(method, {**options, "time_limit": time_limit})
    if beta_max is None:
        beta_max = min(float(np.abs(problem.matrix).sum(axis=1).max()) or 1.0, LARGEST_BETA)
    beta_max = number("beta_max", beta_max, 0, LARGEST_BETA, above=True)
    deadline = Deadline.after(time_limit)
    problem = resolve_m_inter(problem, time_limit=deadline.remaining)
    # nothing changes above, and a large β would drown the chemistry
    high = min(beta_max, _ALL_DECIDED * problem.table.magnitude or beta_max)
    small = len(problem.models) <= MODEL_LIMIT and options.get("options") is None
    found: Enumeration | Solves
    clock = Stopwatch()
    with clock.running(), open_executor(executor) as engine:
        if small and method in ("auto", "brute-force"):
            found = Enumeration(problem)
        else:
            found = Solves(problem, method, options, deadline, progress, engine)
        envelope, confirmed = found.explore(high)

    def placed(point: Point) -> Point:
        """Put the upper edge of what was explored at that of the diagram."""
        return (point[0], beta_max) if point[1] == high else point

    rows = []
    for plane, polygon in envelope.cells.items():
        models, equal = found.ensemble(plane, centroid(polygon))
        terms = loss_terms(problem, problem.positions(models))
        vertices = tuple(map(placed, polygon))
        rows.append(
            {
                "models": models,
                "size": len(models),
                "inter": terms.inter,
                "intra": terms.intra,
                "lacking_inter": terms.lacking_inter,
                "lacking_intra": terms.lacking_intra,
                "ensembles": equal,
                "area": area(vertices) / beta_max,
                "proved": confirmed.issuperset(polygon),
                "vertices": vertices,
            }
        )
    corners = [(*placed(point), point in confirmed) for point in sorted(envelope.values)]
    regions = regions_frame(rows)
    regions.attrs["about"] = problem.caption(alpha=False, beta=False)
    diagram = PhaseDiagram(
        regions=regions,
        vertices=pd.DataFrame(corners, columns=list(VERTEX_COLUMNS)),
        beta_max=beta_max,
        m_inter=problem.m_inter,
        m_inter_value=problem.m_inter_value,
        m_intra_value=problem.m_intra_value,
        method=found.name,
        solves=found.solves,
        runtime=clock.seconds,
    )
    if found.interrupted:
        raise Interrupted(f"partial: interrupted after {found.solves} solves", diagram)
    return diagram

"""The regret map: where in the plane of α and β a heuristic misses the optimum, and by how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chemopt.analysis.compare import gap_to
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.analysis.phase.envelope import Point, centroid
from chemopt.errors import InputError
from chemopt.frames import percent
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.outcome import StopReason
from chemopt.methods.recommend import check_options, recommend
from chemopt.methods.recommendation import raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.progress import Progress, reporter
from chemopt.validation import instance_of, whole

COLUMNS = ("alpha", "beta", "point", "loss", "optimum", "regret", "proved", "models")


def regret_map(
    problem: ChemistryProblem,
    diagram: PhaseDiagram,
    heuristic: MethodName = "hill-climb",
    resolution: int = 21,
    *,
    corners: bool = True,
    progress: Progress = None,
    **options: Any,
) -> pd.DataFrame:
    """Run a heuristic over the plane of a phase diagram and compare it with the least loss.

    Parameters
    ----------
    problem : ChemistryProblem
        That of the diagram.
    diagram : PhaseDiagram
    heuristic : str
        A method of `recommend`.
    resolution : int
        Values of α and of β in the grid, at least 2.
    corners : bool
        Whether to run at the middle and the vertices of each region, too.
    progress : bool or callable, optional
        True shows a bar; a function is called with the runs done and the runs in all.
    **options
        As for `recommend`, for each run.

    Returns
    -------
    DataFrame
        A row for each point of the grid, and for the middle (mean of the vertices) and the vertices
        of each region: `alpha`, `beta`; `point` (``"grid"``, ``"middle"``, ``"vertex"``); `loss`
        of the heuristic, NaN where it has no ensemble or falls back on profiles; `optimum`;
        `regret`: (loss − optimum) / |optimum|, and 0 where that is rounding, as in `compare`;
        `proved`, whether the optimum is; `models` of the heuristic.

    Raises
    ------
    InputError
        An option is not valid, or the diagram is of another problem.
    KeyboardInterrupt
        A run was interrupted.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> from chemopt.analysis.phase.compute import phase_diagram
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> problem = ChemistryProblem(table, m_inter="total", subsets=[["b", "c"]])
    >>> frame = regret_map(problem, phase_diagram(problem, 1.0), resolution=3)
    >>> float(frame["regret"].max())
    0.0
    """
    progress = reporter(progress, "runs")
    check_problem("regret_map", problem)
    hint = "chemopt.analysis.phase.compute.phase_diagram(problem) makes one"
    instance_of("regret_map needs a PhaseDiagram", diagram, PhaseDiagram, hint)
    check_options(heuristic, options)
    whole("resolution", resolution, 2)
    problem = resolve_m_inter(problem, time_limit=options.get("time_limit"))
    constants = (problem.m_inter, problem.m_inter_value, problem.m_intra_value)
    if constants != (diagram.m_inter, diagram.m_inter_value, diagram.m_intra_value):
        raise InputError("the phase diagram is not of this problem: M_inter or M_intra differ")
    points = _points(diagram, resolution, corners)
    rows = []
    for done, (kind, (alpha, beta)) in enumerate(points, 1):
        answer = recommend(problem.with_options(alpha=alpha, beta=beta), heuristic, **options)
        raise_if_interrupted(answer)
        optimum = diagram.loss_at(alpha, beta)
        loss = regret = float("nan")
        if answer.loss is not None and answer.stop_reason is not StopReason.FALLBACK:
            loss, regret = answer.loss, gap_to(answer, optimum)
        proved = diagram.proved_at(alpha, beta)
        rows.append((alpha, beta, kind, loss, optimum, regret, proved, answer.models))
        if progress is not None:
            progress(done, len(points))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found.attrs.update(about=problem.caption(alpha=False, beta=False), method=heuristic)
    return found


def regret_text(frame: pd.DataFrame) -> str:
    """Say in two lines where a heuristic misses, and by how much.

    Parameters
    ----------
    frame : DataFrame
        From `regret_map`.
    """
    grid = frame.loc[frame["point"] == "grid", "regret"]
    missed = grid[grid > 0]
    lines = [
        f"misses the optimum at {len(missed)} of {len(grid)} points of the grid"
        + (f", there by {percent(float(missed.mean()))} on average" if len(missed) else "")
    ]
    if (frame["regret"] > 0).any():
        worst = frame.iloc[int(np.nanargmax(frame["regret"]))]
        lines.append(
            f"most of all by {percent(float(worst['regret']))} at alpha = {worst['alpha']:.6g}, "
            f"beta = {worst['beta']:.6g} ({worst['point']}): {', '.join(worst['models'])}"
        )
    if unknown := int(frame["regret"].isna().sum()):
        lines.append(f"has no ensemble by its loss at {unknown} of {len(frame)} points")
    if not frame["proved"].all():
        lines.append("(the optimum is not proved everywhere; where it is not, more may be missed)")
    return "\n".join(lines)


def _points(diagram: PhaseDiagram, resolution: int, corners: bool) -> list[tuple[str, Point]]:
    alphas = np.linspace(0, 1, resolution).tolist()
    betas = np.linspace(0, diagram.beta_max, resolution).tolist()
    points: list[tuple[str, Point]] = [("grid", (a, b)) for a in alphas for b in betas]
    if not corners:
        return points
    points += [("middle", centroid(polygon)) for polygon in diagram.regions["vertices"]]
    vertices = diagram.vertices[["alpha", "beta"]].itertuples(index=False)
    return points + [("vertex", (float(a), float(b))) for a, b in vertices]

"""Phase diagrams against brute force on grids of weights."""

import json
import math
from itertools import product

import numpy as np
import pytest
from strategies import all_subsets, loss_by_definition, random_problem

from chemopt import ChemistryProblem, ChemistryTable, InputError, breakpoints, compare, recommend
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.analysis.phase.envelope import Envelope, Plane, area
from chemopt.analysis.phase.regret import regret_map, regret_text
from chemopt.errors import InfeasibleError, UnansweredError
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import read_problem
from chemopt.problem.loss import loss_terms

CONVENTIONS = ("published", "greedy", "cut", "total")


def triples(problem):
    """Return inter, intra and size of all feasible subsets, by the definitions."""
    rows = []
    for X in all_subsets(problem.models):
        if not math.isinf(loss_by_definition(problem, X)):
            terms = loss_terms(problem, problem.positions(X))
            rows.append((terms.inter, terms.intra, len(X)))
    return np.array(rows)


def least_losses(problem, found, points):
    """Return the least loss at each of some points."""
    a, b = np.array(points).T
    inter, intra, size = found.T[:, :, None]
    losses = a * (problem.m_inter_value - inter) + (1 - a) * (problem.m_intra_value - intra)
    return (losses + b * size).min(axis=0)


def contains(polygon, point, high):
    """Say whether a point is inside a convex polygon or on its border."""
    x, y = np.array(polygon).T / np.array([[1.0], [high]])
    p, q = point[0], point[1] / high
    turns = (np.roll(x, -1) - x) * (q - y) - (np.roll(y, -1) - y) * (p - x)
    return bool((turns >= -1e-9).all())


def check_diagram(problem, diagram, found=None, steps=9):
    """The region of each point has the least loss, and the polygons tile the rectangle."""
    found = triples(problem) if found is None else found
    high, regions = diagram.beta_max, diagram.regions
    grid = list(product(np.linspace(0, 1, steps), np.linspace(0, high, steps)))
    corners = list(zip(diagram.vertices["alpha"], diagram.vertices["beta"], strict=True))
    points = grid + corners
    rounding = 1e-8 * (1 + problem.table.magnitude)
    least = least_losses(problem, found, points)
    tolerance = rounding + 1e-9 * np.abs(least)
    assert [diagram.loss_at(*p) for p in points] == pytest.approx(least, abs=tolerance.max())
    covered = np.zeros(len(grid), dtype=int)
    for row in regions.to_dict("records"):
        assert violations(problem, row["models"]) == ()
        own = (row["inter"], row["intra"], row["size"])
        inside = [contains(row["vertices"], p, high) for p in grid]
        covered += inside
        at = [p for p, here in zip(grid, inside, strict=True) if here] + list(row["vertices"])
        losses = least_losses(problem, np.array([own]), at)
        assert losses == pytest.approx(least_losses(problem, found, at), abs=tolerance.max())
        assert area(row["vertices"]) / high == pytest.approx(row["area"], abs=1e-12)
        assert row["area"] >= 0
    assert (covered >= 1).all()
    assert regions["area"].sum() == pytest.approx(1.0, abs=1e-9)
    assert regions["models"].is_unique
    assert diagram.proved
    assert set(corners) == {point for polygon in regions["vertices"] for point in polygon}


def check_seed(seed, **options):
    problem = random_problem(seed, most=8)
    if problem.table.nonnegative:
        problem = problem.with_options(m_inter=CONVENTIONS[seed % 4])
    problem = resolve_m_inter(problem)
    found = triples(problem)
    high = (None, 0.3, 2.0, 40.0)[seed // 4 % 4]
    if not len(found):
        with pytest.raises(InfeasibleError):
            phase_diagram(problem, high, **options)
        return
    check_diagram(problem, phase_diagram(problem, high, **options), found)


@pytest.mark.parametrize("seed", range(24))
def test_random_problems(seed):
    """With constraints, every convention, and narrow and wide ranges of β.

    ``python -m benchmarks verdicts --of phase`` draws as many more as asked for.
    """
    check_seed(seed)


@pytest.mark.parametrize("seed", range(1, 4))
def test_solves_find_the_same(seed):
    """Solves at vertices find what enumeration finds, and prove it."""
    check_seed(seed, method="exact")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_solvers_find_the_same(method):
    """Solvers do, too, within their tolerances."""
    problem = generate_problem(6, seed=3)
    one, other = phase_diagram(problem), phase_diagram(problem, method=method)
    assert other.proved
    assert set(one.regions["models"]) == set(other.regions["models"])


def test_twelve_models(instances):
    """The diagram of a published pool agrees with breakpoints along a line."""
    problem = read_problem(instances / "quixbugs_mean.json")
    diagram = phase_diagram(problem)
    path = breakpoints(problem.with_options(beta=0.8))
    for row in path.to_dict("records"):
        middle = (row["alpha_from"] + row["alpha_to"]) / 2
        assert diagram.at(middle, 0.8) == row["models"]


@pytest.mark.slow
def test_twelve_models_by_solves(instances):
    """Solves at vertices find the same regions of a published pool."""
    problem = read_problem(instances / "quixbugs_mean.json")
    one, other = phase_diagram(problem), phase_diagram(problem, method="exact")
    assert one.regions["models"].tolist() == other.regions["models"].tolist()
    assert other.proved
    assert other.solves >= len(other.vertices)


def test_twenty_models(instances):
    """A million subsets are enumerated."""
    problem = read_problem(instances / "random_20.json")
    diagram = phase_diagram(problem)
    assert diagram.regions["area"].sum() == pytest.approx(1.0)
    for row in diagram.regions.sample(2, random_state=1).to_dict("records"):
        alpha, beta = np.mean(row["vertices"], axis=0)
        assert recommend(problem.with_options(alpha=alpha, beta=beta)).models == row["models"]


def table_of(matrix):
    return ChemistryTable(tuple("abcdefgh"[: len(matrix)]), matrix)


@pytest.mark.parametrize("m_inter", CONVENTIONS)
@pytest.mark.parametrize("n", [2, 3, 5, 6])
def test_equal_entries(n, m_inter):
    """All ensembles of a size are equal: one region each, named by the first, all counted."""
    problem = resolve_m_inter(
        ChemistryProblem(table_of(np.ones((n, n)) - np.eye(n)), m_inter=m_inter, min_size=0)
    )
    diagram = phase_diagram(problem)
    check_diagram(problem, diagram)
    for row in diagram.regions.to_dict("records"):
        assert row["ensembles"] == math.comb(n, row["size"])
        assert row["models"] == problem.models[: row["size"]]


@pytest.mark.parametrize("high", [None, 1.0, 1e9])
def test_a_table_of_zeros(high):
    """Nothing but the size counts."""
    problem = ChemistryProblem(table_of(np.zeros((4, 4))))
    for method in ("auto", "exact"):
        diagram = phase_diagram(problem, high, method=method)
        assert diagram.regions["models"].tolist() == [("a", "b")]
        assert diagram.regions["area"].tolist() == [1.0]
        assert diagram.proved


def test_ties_go_by_accuracy(pool):
    """Equal ensembles are named as `recommend` names them, by accuracy where it is known."""
    n = len(pool.models)
    problem = ChemistryProblem(
        ChemistryTable(pool.models, np.ones((n, n)) - np.eye(n)), profiles=pool, m_inter="total"
    )
    diagram = phase_diagram(problem)
    for row in diagram.regions.to_dict("records"):
        alpha, beta = np.mean(row["vertices"], axis=0)
        assert recommend(problem.with_options(alpha=alpha, beta=beta)).models == row["models"]


def test_round_entries():
    """Many planes meet in one point; nothing is lost or covered twice."""
    rng = np.random.default_rng(0)
    for _ in range(8):
        matrix = np.triu(rng.choice([0.0, 0.1, 0.5, 1.0], (6, 6)), k=1)
        problem = ChemistryProblem(table_of(matrix + matrix.T), m_inter="total", min_size=0)
        check_diagram(problem, phase_diagram(problem), steps=15)


def test_negative_entries():
    """Signed tables have diagrams, too."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        matrix = np.triu(rng.uniform(-1, 1, (6, 6)), k=1)
        table = ChemistryTable(tuple("abcdef"), matrix + matrix.T, entries="signed")
        problem = ChemistryProblem(table, m_inter="total")
        check_diagram(problem, phase_diagram(problem))


def test_a_large_beta_drowns_nothing(instances):
    """The regions at small β are the same, whatever the largest β."""
    problem = read_problem(instances / "quixbugs_mean.json")
    near, far = phase_diagram(problem), phase_diagram(problem, 1e9)
    assert near.regions["models"].tolist() == far.regions["models"].tolist()
    assert far.regions["area"].sum() == pytest.approx(1.0)
    assert far.at(0.5, 1e9) == near.at(0.5, near.beta_max)


def test_one_ensemble_alone():
    """A pool with one feasible ensemble has one region: the whole plane."""
    problem = generate_problem(5, seed=1).with_options(size=5)
    diagram = phase_diagram(problem, 1.0)
    assert diagram.regions["vertices"].tolist() == [((0, 0), (1, 0), (1, 1), (0, 1))]


def test_json_there_and_back(instances):
    """What was written is read, and answers the same."""
    problem = read_problem(instances / "four_models.json")
    for diagram in (phase_diagram(problem, 1.0), phase_diagram(problem, 1.0, method="exact")):
        again = PhaseDiagram.from_json(diagram.to_json())
        assert again.to_dict() == diagram.to_dict()
        assert str(again) == str(diagram)
        assert again.at(0.9, 0.3) == diagram.at(0.9, 0.3)
        data = json.loads(diagram.to_json())
        assert {"models", "vertices", "proved"} <= set(data["regions"][0])
        assert data["regions"][0]["vertices"][0] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: [], "not a phase diagram"),
        (lambda data: {**data, "format": "x"}, "not a phase diagram"),
        (lambda data: {**data, "schema_version": 2}, "schema_version is 2"),
        (lambda data: {**data, "regions": []}, "no regions"),
        (lambda data: {**data, "regions": [{}]}, "KeyError"),
        (lambda data: {**data, "vertices": 3}, "not a phase diagram"),
        (lambda data: {k: v for k, v in data.items() if k != "beta_max"}, "beta_max"),
    ],
)
def test_json_that_is_no_diagram(problem, change, message):
    """It is refused, and the message says why."""
    data = phase_diagram(problem).to_dict()
    with pytest.raises(InputError, match=message):
        PhaseDiagram.from_dict(change(data))


def test_text_that_is_no_json():
    """It is refused with its line."""
    with pytest.raises(InputError, match="not JSON at line 1"):
        PhaseDiagram.from_json("{")


def test_a_time_limit_leaves_regions_unproved():
    """They still cover the plane, and `proved` is False where a vertex is not confirmed."""
    problem = generate_problem(24, seed=2).with_options(m_inter="total")
    diagram = phase_diagram(problem, time_limit=0.7)
    assert diagram.regions["area"].sum() == pytest.approx(1.0)
    unsure = {(row.alpha, row.beta) for row in diagram.vertices.itertuples() if not row.proved}
    for row in diagram.regions.to_dict("records"):
        assert row["proved"] == unsure.isdisjoint(row["vertices"])
    assert not diagram.proved
    assert not all(diagram.proved_at(a, b) for a, b in unsure)


def test_a_heuristic_proves_nothing():
    """It gives regions without proof."""
    diagram = phase_diagram(generate_problem(6, seed=1), method="hill-climb")
    assert not diagram.regions["proved"].any()
    assert not diagram.proved


def test_progress(problem):
    """The solves are counted up."""
    seen = []
    diagram = phase_diagram(problem, method="exact", progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (diagram.solves, diagram.solves)
    assert all(done <= total for done, total in seen)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beta_max": 0}, r"beta_max must be a number in \(0, 1e\+09\], not 0"),
        ({"beta_max": 2e9}, "beta_max must be"),
        ({"beta_max": math.nan}, "beta_max must be"),
        ({"method": "best"}, "method must be one of"),
        ({"time_limit": 0}, "time_limit must be a number > 0"),
        ({"colour": 1}, "unknown option 'colour'"),
    ],
)
def test_bad_options(problem, options, message):
    """Options out of range say what is accepted."""
    with pytest.raises(InputError, match=message):
        phase_diagram(problem, **options)


def test_bad_points(problem):
    """Points outside are refused, and what is no problem."""
    diagram = phase_diagram(problem, 1.0)
    with pytest.raises(InputError, match="alpha must be"):
        diagram.at(1.5, 0)
    with pytest.raises(InputError, match="beta must be"):
        diagram.loss_at(0.5, 1.1)
    with pytest.raises(InputError, match="phase_diagram needs a ChemistryProblem"):
        phase_diagram("x")


@pytest.mark.parametrize("method", ["auto", "exact"])
def test_no_ensemble(problem, method):
    """Infeasible problems say why."""
    with pytest.raises(UnansweredError, match="no ensemble of the 3 models meets size=7"):
        phase_diagram(problem.with_options(size=7), method=method)


def test_planes_that_only_touch_are_left_out():
    """A plane that meets the envelope in a corner or along an edge has no polygon."""
    envelope = Envelope(Plane(0.0, 0.0, 0.0), 1.0, 1e-12)
    assert not envelope.add(Plane(1.0, 0.0, 1.0))
    assert not envelope.add(Plane(0.0, 0.0, 1.0))
    assert envelope.add(Plane(-0.5, 0.5, 0.0))
    assert not envelope.add(Plane(-0.25, 0.25, 0.0))
    assert envelope.add(Plane(-0.3, 0.2, 0.0))
    assert sum(map(area, envelope.cells.values())) == pytest.approx(1.0)


def test_a_plane_that_is_lowest_everywhere_replaces_all():
    """The others leave."""
    envelope = Envelope(Plane(1.0, 1.0, 0.0), 1.0, 1e-12)
    envelope.add(Plane(1.5, 0.5, 0.0))
    assert len(envelope.cells) == 2
    envelope.add(Plane(-5.0, -5.0, 0.0))
    assert list(envelope.cells) == [Plane(-5.0, -5.0, 0.0)]
    assert set(envelope.values.values()) == {-5.0}


def test_regret_is_that_of_compare(instances):
    """At each point the regret is the gap that `compare` has; misses are where it says."""
    problem = read_problem(instances / "four_models.json")
    diagram = phase_diagram(problem, 1.0)
    frame = regret_map(problem, diagram, resolution=5)
    assert (frame["point"] == "grid").sum() == 25
    assert len(frame) == 25 + len(diagram.regions) + len(diagram.vertices)
    for row in frame.to_dict("records"):
        at = compare(problem, ["hill-climb"], alphas=[row["alpha"]], betas=[row["beta"]])
        assert row["regret"] == pytest.approx(at["gap"].iloc[0], abs=1e-9)
    text = regret_text(frame)
    assert "misses the optimum at" in text
    assert "most of all by" in text


@pytest.mark.slow
def test_regret_without_an_ensemble(pool):
    """Where the heuristic goes by profiles there is no regret; unproved optima are said to be."""
    empty = ChemistryProblem(ChemistryTable(pool.models, np.zeros((4, 4))), profiles=pool)
    frame = regret_map(empty, phase_diagram(empty), resolution=2)
    assert frame["regret"].isna().all()
    assert "has no ensemble by its loss at 9 of 9 points" in regret_text(frame)
    problem = generate_problem(5, seed=1)
    diagram = phase_diagram(problem, method="hill-climb")
    frame = regret_map(problem, diagram, "multi-start", resolution=2)
    assert "not proved everywhere" in regret_text(frame)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"heuristic": "best"}, "method must be one of"),
        ({"resolution": 1}, "resolution must be a whole number ≥ 2"),
        ({"diagram": "x"}, "regret_map needs a PhaseDiagram"),
    ],
)
def test_bad_options_of_a_regret_map(problem, arguments, message):
    """They are refused before anything is run."""
    with pytest.raises(InputError, match=message):
        regret_map(problem, **{"diagram": phase_diagram(problem), **arguments})


def test_the_diagram_of_another_problem(problem):
    """Regret against another problem's optima would mean nothing."""
    other = phase_diagram(generate_problem(5, seed=1))
    with pytest.raises(InputError, match="not of this problem"):
        regret_map(problem, other)

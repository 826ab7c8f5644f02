"""SCIP and Gurobi solve the same problems as chemopt, and are held to the same definitions."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cases import conditioned_cases
from benchmarks.commands import selection
from benchmarks.peers import measure
from benchmarks.peers.measure import PEERS, measure_peer
from benchmarks.runs import Run, run_here
from chemopt import InputError, recommend
from chemopt.cli.program import run_command
from chemopt.problem.generate import generate_problem


def installed(name):
    """Skip where a peer is missing, or its licence has run out."""
    pytest.importorskip(PEERS[name])
    try:
        measure_peer(generate_problem(3), name, 10)
    except InputError as error:
        pytest.skip(str(error))
    return name


@pytest.fixture(scope="module", params=list(PEERS))
def peer(request):
    """The name of a peer that is there."""
    return installed(request.param)


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(3, 8),
    alpha=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    condition=st.sampled_from(
        [
            {},
            {"size": 2},
            {"require": ("model-1",), "exclude": ("model-2",)},
            {"m_inter": "published"},
            {"size": 3, "exclude": ("model-1",), "m_inter": "published"},
        ]
    ),
)
@settings(max_examples=25)
def test_peers_agree_with_enumeration(peer, seed, n, alpha, condition):
    """The same loss, by the definitions, or the same verdict that there is none."""
    problem = generate_problem(n, seed).with_options(
        alpha=alpha, beta=0.5, **{"m_inter": "total"} | condition
    )
    best = recommend(problem, "brute-force")
    figures = measure_peer(problem, peer, 30)
    assert figures["status"] == best.status.value
    if best.loss is not None:
        assert figures["loss"] == pytest.approx(best.loss, rel=1e-6, abs=1e-9)
        assert figures["bound"] <= best.loss + figures["tolerance"]


def test_a_run_on_a_peer_is_a_row_as_any_other(peer):
    """With what it solved, and by which version."""
    (case,) = conditioned_cases(3, 1)
    row = run_here(Run(case, peer, 60.0))
    own = run_here(Run(case, "exact", 60.0))
    assert row.keys() == own.keys()
    assert row["status"] == own["status"] == "optimal"
    assert row["loss"] == pytest.approx(own["loss"], rel=1e-6)
    assert row["solver"].lower().startswith(peer)


@pytest.mark.slow
def test_what_a_licence_does_not_allow_is_refused():
    """Gurobi's package has a licence for small models."""
    installed("gurobi")
    (case,) = conditioned_cases(0, 1)
    large = generate_problem(2100, 1).with_options(m_inter="total")
    with pytest.raises(InputError, match="Gurobi: "):
        measure_peer(large, "gurobi", 1)
    assert run_here(Run(case, "gurobi", 5.0))["status"] == "optimal"


@pytest.mark.slow
def test_command(peer, tmp_path, capsys):
    """`--peers NAME` adds runs to those of the methods."""
    arguments = [
        "--family", "uniform", "--sizes", "8", "--alphas", "0.8", "--method", "exact",
        "--peers", peer, "--results", str(tmp_path), "--format", "json",
    ]  # fmt: skip
    assert run_command("benchmarks", "", [selection], ["selection", *arguments]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [run["method"] for run in runs] == ["exact", peer]
    assert runs[0]["loss"] == pytest.approx(runs[1]["loss"])


def test_bad_names(tmp_path, monkeypatch, capsys):
    """Unknown peers, and those that are not installed, are told before any run."""
    asked = ["selection", "--results", str(tmp_path), "--peers"]
    assert run_command("benchmarks", "", [selection], [*asked, "cplex"]) == 2
    assert "peers must be one of scip, gurobi" in capsys.readouterr().err
    monkeypatch.setitem(measure.PEERS, "scip", "no_such_package")
    assert run_command("benchmarks", "", [selection], [*asked, "scip"]) == 2
    assert "pip install 'chemopt[peers]'" in capsys.readouterr().err

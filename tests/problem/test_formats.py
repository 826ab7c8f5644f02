"""Benchmark files: what they become, what they are worth, and what is wrong with bad files."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from chemopt_models import build_min_cut
from hypothesis import given
from hypothesis import strategies as st
from strategies import NAMES, all_subsets, check_exact, examples

from chemopt import ChemistryProblem, ChemistryTable, InputError, MipOptions, recommend
from chemopt.cli.main import main
from chemopt.methods.exact.max_cut import maximum_cut, resolve_m_inter
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS
from chemopt.problem.formats import (
    ENDINGS,
    READERS,
    ZERO,
    loss_of_native_value,
    native_value,
    read_benchmark,
    read_diversity,
    read_max_cut,
    read_qubo,
)
from chemopt.problem.instances import problem_from_dict, problem_to_dict
from chemopt.problem.loss import loss_terms


def written(path, head, entries):
    """Write a benchmark file."""
    lines = [head, *(f"{i} {j} {w}" for i, j, w in entries)]
    path.write_text("\n".join(lines) + "\n")
    return path


def random_entries(rng, n, first, low, high, density=0.6, diagonal=False):
    """Draw the entries of a file."""
    pairs = itertools.combinations_with_replacement if diagonal else itertools.combinations
    chosen = [p for p in pairs(range(first, n + first), 2) if rng.random() < density]
    return [(i, j, int(rng.integers(low, high + 1))) for i, j in chosen]


def chosen_nodes(models):
    """Return the numbers of the nodes chosen."""
    return {int(name) for name in models}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("low", [0, -9])
def test_max_cut(tmp_path, seed, low):
    """Every subset's loss is its cut in disguise, and the optimum is the maximum cut."""
    rng = np.random.default_rng(seed)
    entries = random_entries(rng, 7, 1, low, 9)
    problem = read_max_cut(written(tmp_path / "g", f"7 {len(entries)}", entries))
    assert problem.table.entries == ("signed" if any(w < 0 for *_, w in entries) else "general")
    best = -math.inf
    for X in all_subsets(problem.models):
        inside = chosen_nodes(X)
        cut = sum(w for i, j, w in entries if (i in inside) != (j in inside))
        loss = loss_terms(problem, problem.positions(X)).loss
        assert native_value("max-cut", problem, loss) == cut
        assert loss_of_native_value("max-cut", problem, cut) == loss
        best = max(best, cut)
    for method in ("brute-force", "highs", "cp-sat"):
        assert native_value("max-cut", problem, recommend(problem, method).loss) == best
    assert maximum_cut(problem.table)[0] == best


@pytest.mark.parametrize("seed", range(4))
def test_diversity(tmp_path, seed):
    """The optimum is the largest sum of distances among k nodes."""
    rng = np.random.default_rng(seed)
    entries = random_entries(rng, 7, 0, 0, 9, density=2)
    problem = read_diversity(written(tmp_path / "d", "7 3", entries))
    distance = {(i, j): d for i, j, d in entries}
    best = max(
        sum(distance[pair] for pair in itertools.combinations(some, 2))
        for some in itertools.combinations(range(7), 3)
    )
    for method in ("brute-force", "highs", "cp-sat", "auto"):
        answer = recommend(problem, method)
        assert native_value("diversity", problem, answer.loss) == best
        assert len(answer.models) == 3


@pytest.mark.parametrize("seed", range(6))
def test_qubo(tmp_path, seed):
    """Every assignment of the variables has its value, and the optimum is the least."""
    rng = np.random.default_rng(seed)
    entries = random_entries(rng, 6, 1, -9, 9, diagonal=True)
    problem = read_qubo(written(tmp_path / "q", f"6 {len(entries)}", entries))
    assert problem.exclude == (ZERO,)
    values = []
    for X in all_subsets(problem.models[:-1]):
        inside = chosen_nodes(X)
        value = sum(q * (1 if i == j else 2) for i, j, q in entries if {i, j} <= inside)
        loss = loss_terms(problem, problem.positions(X)).loss
        assert native_value("qubo", problem, loss) == value
        assert loss_of_native_value("qubo", problem, value) == loss
        values.append(value)
    for method in ("brute-force", "highs", "cp-sat", "auto"):
        assert native_value("qubo", problem, recommend(problem, method).loss) == min(values)


SMALL = {("qubo", "gka1b"), ("qubo", "bqp50-1")}


@pytest.mark.slow
def test_published_files(shared):
    """Every published file is read; small ones have the published optimum."""
    values = pd.read_csv(shared / "benchmarks" / "values.csv")
    for row in values.itertuples():
        kind = {"maxcut": "max-cut"}.get(row.kind, row.kind)
        (path,) = (shared / "benchmarks" / row.kind).glob(f"{row.instance}*")
        problem = read_benchmark(path, kind)
        assert len(problem.models) == row.n + (kind == "qubo")
        if (row.kind, row.instance) in SMALL:
            answer = recommend(problem, "cp-sat")
            assert answer.proved
            assert native_value(kind, problem, answer.loss) == row.best_value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("max-cut", "", "the file is empty"),
        ("max-cut", "3\n", "line 1: two whole numbers are needed first, not '3'"),
        ("max-cut", "x 1\n", "line 1: 'x' is not a whole number"),
        ("max-cut", "0 0\n", "line 1: 0 nodes"),
        ("max-cut", "9999999 0\n", "line 1: 9999999 nodes; there must be between 1 and 5000"),
        ("max-cut", "3 1\n\n1 4 1\n", "line 3: node 4 is not between 1 and 3"),
        ("max-cut", "3 1\n0 1 1\n", "line 2: node 0 is not between 1 and 3"),
        ("max-cut", "3 1\n1 2\n", "line 2: two nodes and a number are needed, not '1 2'"),
        ("max-cut", "3 1\n1 1 5\n", "line 2: node 1 is paired with itself"),
        ("max-cut", "3 2\n1 2 5\n2 1 5\n", "line 3: the pair 2 1 stands in line 2 already"),
        ("max-cut", "3 2\n1 2 5\n", "line 1: 2 entries are announced, and there are 1"),
        ("max-cut", "3 1\n1 2 nan\n", "line 2: 'nan' is not a finite number"),
        ("max-cut", "3 1\n1 2 many\n", "line 2: 'many' is not a finite number"),
        ("diversity", "3 4\n", "line 1: 4 of 3 nodes cannot be chosen"),
        ("diversity", "3 2\n0 1 -1\n", "line 2: the distance -1 is below 0"),
        ("diversity", "3 2\n0 1 1\n0 2 1\n", "the pair 1 2 is missing"),
        ("qubo", "2 1\n1 2 1 1\n", "line 2: two nodes and a number are needed"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path, kind, text, message):
    """What is wrong is told with the file and the line."""
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_benchmark(path, kind)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    """A missing file, a folder, other bytes than text, an unknown kind."""
    with pytest.raises(InputError, match="no such file"):
        read_max_cut(tmp_path / "none")
    with pytest.raises(InputError, match="cannot be read"):
        read_max_cut(tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_max_cut(tmp_path / "bytes")
    with pytest.raises(InputError, match="kind must be one of max-cut, diversity, qubo"):
        read_benchmark(tmp_path / "none", "sudoku")
    assert set(ENDINGS.values()) <= READERS.keys()


@st.composite
def signed_problems(draw, most=6):
    """Draw a problem with a table of entries of either sign."""
    n = draw(st.integers(1, most))
    i, j = np.triu_indices(n, k=1)
    entry = st.one_of(
        st.sampled_from([-2.0, -1.0, 0.0, 1.0, 3.0]),
        st.integers(-9000, 9000).map(lambda k: k / 1000),
    )
    matrix = np.zeros((n, n))
    matrix[i, j] = draw(st.lists(entry, min_size=len(i), max_size=len(i)))
    matrix = matrix + matrix.T
    some = st.lists(st.sampled_from(NAMES[:n]), max_size=2, unique=True)
    return ChemistryProblem(
        ChemistryTable(NAMES[:n], matrix, entries="signed"),
        alpha=draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        beta=draw(st.sampled_from([0.0, 0.5])),
        min_size=draw(st.integers(0, n)),
        exclude=tuple(draw(some)),
        m_inter=draw(st.sampled_from(["total", "cut"])),
    )


FORMULATED = [("highs", f) for f in FORMULATIONS] + [("cp-sat", f) for f in CP_SAT_FORMULATIONS]


@pytest.mark.parametrize(
    ("method", "formulation"), [("auto", None), ("brute-force", None), *FORMULATED]
)
@given(problem=signed_problems())
@examples(25)
def test_exact_methods_take_signed_tables(method, formulation, problem):
    """With entries of either sign the exact methods agree with the definition."""
    check_exact(resolve_m_inter(problem), method, formulation and MipOptions(formulation))


def test_general_and_signed_tables_say_so():
    """Entries above 1 and below 0 are legal where the table says so, there and in its JSON."""
    with pytest.raises(InputError, match=r"-1.0 of 'a' and 'b' is not in \[0, 1e\+15\]"):
        ChemistryTable(("a", "b"), [[0, -1], [-1, 0]], entries="general")
    with pytest.raises(InputError, match="entries must be one of chemistry, general, signed"):
        ChemistryTable(("a", "b"), [[0, 1], [1, 0]], entries="any")
    for entry, entries in ((7.0, "general"), (-7.0, "signed")):
        table = ChemistryTable(("a", "b"), [[0, entry], [entry, 0]], entries=entries)
        assert table.magnitude == 7
        assert table.nonnegative == (entry > 0)
        assert table.to_dict()["entries"] == entries
        assert ChemistryTable.from_json(table.to_json()) == table
        assert table.to_networkx().edges["a", "b"]["weight"] == entry
        problem = ChemistryProblem(table, m_inter="total")
        assert problem_from_dict(json.loads(json.dumps(problem_to_dict(problem)))).table == table
        assert table != ChemistryTable(("a", "b"), [[0, 1], [1, 0]])


def test_what_signed_tables_have_no_answer_to():
    """The alternating split and minimum cuts refuse entries below 0."""
    table = ChemistryTable(("a", "b"), [[0, -1], [-1, 0]], entries="signed")
    for convention in ("published", "greedy"):
        with pytest.raises(InputError, match="no meaning for a table with negative entries"):
            ChemistryProblem(table, m_inter=convention)
    problem = ChemistryProblem(table, alpha=0.2, m_inter="total")
    with pytest.raises(InputError, match="'min-cut' is for tables without negative entries"):
        recommend(problem, "min-cut")
    with pytest.raises(ValueError, match="entries of at least 0"):
        build_min_cut(problem)


def test_maximum_cut_of_a_signed_table_by_solver(monkeypatch):
    """The declarative model has what negative entries need."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        matrix = np.triu(rng.integers(-5, 6, (8, 8)), k=1).astype(float)
        table = ChemistryTable(NAMES[:8], matrix + matrix.T, entries="signed")
        monkeypatch.setattr("chemopt.methods.exact.max_cut.ENUMERATION_LIMIT", 28)
        by_enumeration = maximum_cut(table)[0]
        monkeypatch.setattr("chemopt.methods.exact.max_cut.ENUMERATION_LIMIT", 1)
        assert maximum_cut(table)[0] == pytest.approx(by_enumeration, abs=1e-9)


def test_command_line(tmp_path, capsys):
    """Benchmark files are read by their ending or by --input-format, and can be converted."""
    graph = written(tmp_path / "g.rudy", "3 2", [(1, 2, 5), (2, 3, 7)])
    assert main(["recommend", str(graph), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["inter"], answer["models"]) == (12.0, ["2"])
    points = written(tmp_path / "d.txt", "3 2", [(0, 1, 5), (0, 2, 7), (1, 2, 1)])
    assert main(["compare", str(points), "--input-format", "diversity", "--format", "csv"]) == 0
    assert '[""0"", ""2""]' in capsys.readouterr().out
    qubo = written(tmp_path / "q.sparse", "2 2", [(1, 1, -3), (1, 2, 1)])
    target = tmp_path / "q.json"
    assert main(["export", str(qubo), "-o", str(target)]) == 0
    assert json.loads(target.read_text())["chemistry"]["entries"] == "signed"
    assert main(["recommend", str(target), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == ["1"]
    assert main(["chemistry", str(graph), "--format", "csv"]) == 0
    assert "1,2,5.0" in capsys.readouterr().out
    for words in (["recommend", str(points)], ["profiles", str(graph)],
                  ["recommend", str(graph), "--empty-cost", "none"],
                  ["recommend", str(qubo), "--input-format", "max-cut"],
                  ["recommend", str(qubo), "--m-inter", "published"]):  # fmt: skip
        assert main(words) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.out == ""

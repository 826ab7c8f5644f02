"""Studies as files: where problems come from, and what is wrong with a file."""

import pandas as pd
import pytest

from chemopt import InputError, Study, read_problem, read_study, recommend
from chemopt.history.generate import generate_history
from chemopt.outcomes.generate import generate_outcomes
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json
from chemopt.studies.study.sources import sources_of


@pytest.fixture
def folder(tmp_path):
    """A folder with problems of all kinds."""
    (tmp_path / "instances").mkdir()
    for models in (5, 6):
        path = tmp_path / "instances" / f"random-{models}.json"
        path.write_text(problem_to_json(generate_problem(models)))
    generate_history(6, 30).to_csv(tmp_path / "history.csv", index=False)
    generate_outcomes(5, 40).to_csv(tmp_path / "outcomes.csv.gz", index=False)
    (tmp_path / "graph.rudy").write_text("3 2\n1 2 5\n2 3 7\n")
    (tmp_path / "points.txt").write_text("3 2\n0 1 5\n0 2 9\n1 2 1\n")
    (tmp_path / "prices.csv").write_text(
        "model,price\nmodel-1,1\nmodel-2,5\nmodel-3,1\nmodel-4,2\nmodel-5,1\n"
    )
    return tmp_path


def study_of(folder, text):
    """Write a study file and read it."""
    path = folder / "study.toml"
    path.write_text(text)
    return read_study(path)


def problems_of(study):
    """Return the problems of a study by name."""
    return {run.source.name: run.source.problem() for run in study.runs}


def test_files_of_all_kinds(folder):
    """Instances, histories, outcomes and benchmark files are read as their commands read them."""
    study = study_of(
        folder,
        """
        [[problems]]
        files = ["instances", "*.csv*", "graph.rudy"]

        [[problems]]
        files = "points.txt"
        format = "diversity"
        name = "set"
        """.replace('"*.csv*"', '"history.csv", "out*"'),
    )
    problems = problems_of(study)
    assert list(problems) == ["instances/random-5.json", "instances/random-6.json", "history.csv",
                              "outcomes.csv.gz", "graph.rudy", "set: points.txt"]  # fmt: skip
    assert problems["instances/random-5.json"].table == generate_problem(5).table
    assert problems["history.csv"].profiles is not None
    assert problems["outcomes.csv.gz"].outcomes is not None
    assert problems["graph.rudy"].alpha == 1.0
    assert problems["set: points.txt"].constraints.size == 2


def test_options_of_an_entry(folder):
    """Options of reading, learning, chemistry and the problem act as in their commands."""
    study = study_of(
        folder,
        """
        methods = ["brute-force"]
        [[problems]]
        files = "instances/*-5.json"
        alpha = [0.1, 0.9]
        beta = 0.25
        max_size = 3
        budgets = ["price<=4"]
        attributes = "prices.csv"

        [[problems]]
        files = "outcomes.csv.gz"
        empty_cost = "none"
        aggregate = "best"
        """,
    )
    first, second, third = study.runs
    assert (first.alpha, second.alpha, first.beta, third.alpha) == (0.1, 0.9, 0.25, None)
    table = study.run(folder / "runs")
    problem = read_problem(folder / "instances" / "random-5.json").with_options(
        alpha=0.9, beta=0.25, max_size=3, budgets=["price<=4"],
        attributes=pd.read_csv(folder / "prices.csv", index_col="model"),
    )  # fmt: skip
    assert table["loss"][1] == recommend(problem, "brute-force").loss
    assert third.source.problem().profiles.aggregate == "best"


def test_generators_go_through_lists(folder):
    """Each combination of the parameters is a problem."""
    study = study_of(
        folder,
        """
        [[problems]]
        generate = "problem"
        models = [5, 6]
        kind = ["uniform", "chemistry-like"]
        [[problems]]
        generate = "history"
        models = 5
        trials = 20
        [[problems]]
        generate = "outcomes"
        models = 4
        items = 30
        """,
    )
    problems = problems_of(study)
    assert next(iter(problems)) == "problem(models=5, kind=uniform)"
    assert [len(problem.models) for problem in problems.values()] == [5, 5, 6, 6, 5, 4]
    assert problems["problem(models=6, kind=uniform)"].table == generate_problem(6, kind="uniform").table  # fmt: skip


def test_a_file_is_known_by_its_content_not_by_its_place(folder, tmp_path_factory):
    """A study that was moved goes on; one whose files were changed begins those runs anew."""
    other = tmp_path_factory.mktemp("other") / "study"
    folder.rename(other)
    folder.mkdir()
    text = '[[problems]]\nfiles = "instances"'
    moved = {run.key for run in study_of(other, text).runs}
    other.rename(folder / "study")
    assert {run.key for run in study_of(folder / "study", text).runs} == moved
    (folder / "study" / "instances" / "random-5.json").write_text(
        problem_to_json(generate_problem(7))
    )
    assert len(moved & {run.key for run in study_of(folder / "study", text).runs}) == 1


def test_a_file_that_changes_meanwhile(folder):
    """A worker does not take another file for the one that was meant."""
    study = Study([folder / "instances" / "random-5.json"], ["brute-force"])
    (folder / "instances" / "random-5.json").write_text(problem_to_json(generate_problem(7)))
    with pytest.raises(InputError, match="the file was changed since the study was begun"):
        study.run(folder / "runs")


def test_equal_runs_are_one(folder):
    """A file that two patterns match is there once."""
    study = Study(["instances", "instances/*-5.json"], folder=folder)
    assert len(study.runs) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[problems]", "not TOML"),
        ("seed = [1]\n[[problems]]\nfiles='instances'", "unknown key 'seed'; is 'seeds' meant"),
        ("methods = ['tabu']", r"a study needs problems: \[\[problems\]\]"),
        ("[[problems]]\nfile = 'instances'", "unknown key of problem 1 'file'; is 'files' meant"),
        ("[[problems]]\nfiles = 'instances'\nmax_sise = 3", "is 'max_size' meant"),
        ("[[problems]]\ngenerate = 'problem'\nmodel = 3", "is 'models' meant"),
        ("[[problems]]\ngenerate = 'problems'", "must be one of problem, history, outcomes"),
        ("[[problems]]\nalpha = 1", "problem 1 needs one of the keys 'files' and 'generate'"),
        ("[[problems]]\nfiles = 'none/*'", "no file matches 'none/\\*'"),
        ("[[problems]]\nfiles = 3", "files of problem 1 must be texts"),
        ("[[problems]]\nfiles = 'instances'\nalpha = ['a']", "alpha of problem 1 must be numbers"),
        ("[[problems]]\nfiles = 'instances'\nattributes = 'no.csv'", "no.csv: no such file"),
        ("[[problems]]\nfiles = 'points.txt'\nformat = 'maxcut'", "must be one of max-cut"),
        ("methods = ['tabuu']\n[[problems]]\nfiles = 'instances'", "method must be one of .*tabu"),
        ("options = 3\n[[problems]]\nfiles = 'instances'", "options must be a mapping"),
    ],
)
def test_bad_files(folder, text, message):
    """The message names the file and the entry, and the nearest name."""
    with pytest.raises(InputError, match=rf"study\.toml: .*{message}"):
        study_of(folder, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files = 'instances'\ntask = 'sum'", "is an instance, to which task does not apply"),
        ("files = 'history.csv'\nmissing = 'wrong'", "is a history, to which missing does not"),
        ("files = 'outcomes.csv.gz'\non_invalid = 'drop'", "is outcomes, to which on_invalid"),
        ("files = 'points.txt'", "unknown kind of file; a benchmark file needs a 'format'"),
        ("files = 'instances'\nalpha = 2", "alpha must be a number in"),
        ("generate = 'problem'\nmodels = 1", "models must be a whole number from 2"),
        ("files = 'instances'\nrequire = ['nobody']", "problem 1: .*nobody"),
    ],
)
def test_options_that_do_not_fit_end_a_study_at_once(folder, text, message):
    """The first problem of each entry is made before any run."""
    study = study_of(folder, f"[[problems]]\n{text}")
    with pytest.raises(InputError, match=message):
        study.run(folder / "runs")
    assert study.status(folder / "runs").done == 0


def test_an_entry_of_another_kind():
    """What is no problem is named with what is accepted."""
    with pytest.raises(InputError, match="problem 7 must be a problem, not None; give a path"):
        sources_of(None, None, "problem 7")

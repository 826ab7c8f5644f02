"""Which columns of a wide table are models, and names that are nearly the same."""

import pandas as pd
import pytest

from chemopt import InputError, load_history, load_outcomes
from chemopt.cli.main import main
from chemopt.history.generate import generate_history

WIDE = pd.DataFrame(
    {
        "item": ["q1", "q2", "q3"],
        "category": ["math", "law", "law"],
        "difficulty": [0.9, 0.2, 0.4],
        "ada": [1, 0, 1],
        "bea": [0, 1, 1],
        "cyd": [0, 1, 0],
    }
)
MODELS = ("ada", "bea", "cyd")


def test_columns_with_names_of_metadata_are_refused():
    """All of them are named in one message, with what leaves them out."""
    with pytest.raises(InputError, match="'category', 'difficulty' may be no model") as found:
        load_outcomes(WIDE)
    assert "--ignore category,difficulty" in str(found.value)
    for name in ("Difficulty", "question ID", "split"):
        with pytest.raises(InputError, match=r"may be no model \(by the name\)"):
            load_outcomes(WIDE[["item", *MODELS]].assign(**{name: [0, 1, 1]}))


@pytest.mark.parametrize(
    "options", [{"ignore": ["category", "difficulty"]}, {"models": list(MODELS)}]
)
def test_columns_that_are_not_wanted_are_not_read(options):
    """Neither text nor marks of columns that nobody asked for are looked at."""
    outcomes = load_outcomes(WIDE, **options)
    assert outcomes.models == MODELS
    assert outcomes.scores[:, 0].tolist() == [1, 0, 1]
    assert not outcomes.warnings


def test_columns_of_another_kind():
    """Marks between 0 and 1 in fewer columns than not are an error, else a warning."""
    right = WIDE[["item", *MODELS]]
    with pytest.raises(
        InputError, match="column 'hardness' may be no model .marks between 0 and 1"
    ):
        load_outcomes(right.assign(hardness=WIDE["difficulty"]))
    even = right[["item", "ada"]].assign(hardness=WIDE["difficulty"])
    assert "column 'hardness' may be no model (marks" in load_outcomes(even).warnings[0]
    graded = right[["item"]].assign(ada=[0.5, 1, 0], bea=[0.1, 0.9, 1])
    assert not load_outcomes(graded).warnings
    assert not load_outcomes(even, ignore=()).warnings
    assert load_outcomes(WIDE.drop(columns="category"), ignore=()).models == (*MODELS, "difficulty")


def test_columns_of_text_are_named_at_once():
    """A message on text names every such column."""
    words = WIDE[["item", *MODELS]].assign(kind=["a", "b", "c"], who=["x", "y", "z"])
    with pytest.raises(InputError, match="'a' is not 0, 1 or a mark between.*--ignore kind,who"):
        load_outcomes(words)


@pytest.mark.parametrize(
    ("ignore", "message"),
    [
        (["categry"], "ignore: there is no column 'categry'; is 'category' meant"),
        ("category", "ignore must be a collection of names"),
        ([3], "ignore must be names"),
    ],
)
def test_bad_ignore(ignore, message):
    """Names of columns that are not there are refused."""
    with pytest.raises(InputError, match=message):
        load_outcomes(WIDE, ignore=ignore)
    with pytest.raises(InputError, match="unknown model 'adda'; is 'ada' meant"):
        load_outcomes(WIDE, models=["adda"])


def test_ignore_has_no_effect_on_long_tables():
    """Other columns of a long table are never read, so the option is refused."""
    long = pd.DataFrame({"model": ["a", "b"], "item": ["q", "q"], "correct": [1, 0], "level": 3})
    assert load_outcomes(long).models == ("a", "b")
    with pytest.raises(InputError, match="names columns of a wide table, and this is a long one"):
        load_outcomes(long, ignore=["level"])


def test_the_command_line_ignores_columns(tmp_path, capsys):
    """``--ignore`` leaves columns out, and ``--ignore none`` takes all for models."""
    path = tmp_path / "wide.csv"
    WIDE.to_csv(path, index=False)
    words = ["select", str(path), "--size", "2", "--repeats", "0"]
    assert main(words) == 2
    assert "--ignore category,difficulty" in capsys.readouterr().err
    assert main([*words, "--ignore", "category, difficulty"]) == 0
    assert "2 of 3 models" in capsys.readouterr().out
    WIDE.drop(columns="category").to_csv(path, index=False)
    assert main([*words, "--ignore", "none"]) == 0
    assert "2 of 4 models" in capsys.readouterr().out


def test_names_with_outer_spaces_are_the_same():
    """Spaces at the ends of a name do not make another model, in outcomes and in histories."""
    long = pd.DataFrame(
        {"model": ["ada", " ada", "bea\t"], "item": ["q", "r", "q"], "correct": [1, 0, 1]}
    )
    assert load_outcomes(long, missing="wrong").models == ("ada", "bea")
    with pytest.raises(InputError, match="'ada' is there twice: spaces at its ends"):
        load_outcomes(pd.DataFrame({"item": ["q"], "ada": [1], "ada ": [0]}))
    history = generate_history(models=4, trials=20)
    models = load_history(history).models
    history.loc[::2, "model"] += " "
    assert load_history(history).models == models


def test_names_in_another_case_are_warned_of():
    """They stay different models, and both are named."""
    wide = WIDE[["item", "ada", "bea"]].rename(columns={"bea": "ADA"})
    assert any("'ADA' and 'ada'" in text for text in load_outcomes(wide).warnings)
    history = generate_history(models=4, trials=20)
    assert not load_history(history).warnings
    history.loc[::2, "model"] = history.loc[::2, "model"].str.upper()
    assert any("'MODEL-1' and 'model-1'" in text for text in load_history(history).warnings)


def test_large_histories_read_names_as_others(tmp_path):
    """Histories read in passes strip the same names and warn of the same."""
    pytest.importorskip("duckdb")
    history = generate_history(models=4, trials=20)
    history.loc[::2, "model"] += " "
    history.loc[::3, "model"] = history.loc[::3, "model"].str.upper()
    for part, rows in enumerate((history[:30], history[30:])):
        rows.to_parquet(tmp_path / f"part-{part}.parquet")
    large = load_history(tmp_path, streaming=True)
    small = load_history(tmp_path, streaming=False)
    assert large.models == small.models
    assert [text for text in small.warnings if "case" in text] == list(large.warnings)

"""Options from a TOML file, and the files that ``--show-config`` writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt.cli import commands
from chemopt.cli.config import config_text, with_config
from chemopt.cli.main import main
from chemopt.cli.parser import make_parser
from chemopt.errors import InputError
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json

PARSER, OF_COMMANDS = make_parser("chemopt", "", commands.COMMANDS)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line in a folder with a pool ``I`` and a file ``c.toml`` of a given text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "I.json").write_text(problem_to_json(generate_problem(6, kind="uniform")))
    generate_history(models=4, trials=20).to_csv("H.csv", index=False)

    def run_words(config, *words):
        (tmp_path / "c.toml").write_text(config, encoding="utf-8")
        code = main([*words, "--config", "c.toml"])
        return (code, *capsys.readouterr())

    return run_words


def options(words, config, tmp_path):
    """Return what is parsed of a command line and the text of a file."""
    path = tmp_path / "c.toml"
    path.write_text(config, encoding="utf-8")
    return PARSER.parse_args(with_config([*words, "--config", str(path)], OF_COMMANDS))


def test_every_kind_of_value(tmp_path):
    """Numbers, texts, flags, repeated options, pairs, ensembles, yes and no, none, mappings."""
    config = """
        seed = 3
        [recommend]
        alpha = 0.25
        size = 2
        m-inter = "total"
        m_inter = "total"
    """
    with pytest.raises(InputError, match="not TOML|given twice|unknown"):
        options(["recommend", "I"], config + "m-inter = 'cut'", tmp_path)
    found = options(
        ["recommend", "I"],
        """
        seed = 3
        [recommend]
        alpha = 0.25
        size = 2
        empty-cost = "none"
        ground_truth = false
        tied = true
        explain = false
        verbose = 2
        require = ["a", "b, c"]
        apart = [["a", "b"], ["c", "-d"]]
        forbid = ["a", "b"]
        columns = {model = "name", correct = "ok"}
        """.replace("-d", "d"),
        tmp_path,
    )
    words = [
        "recommend", "I", "--config", str(tmp_path / "c.toml"), "--seed", "3", "--alpha", "0.25",
        "--size", "2", "--empty-cost", "none", "--ground-truth", "no", "--tied", "-vv",
        "--require", "a", "--require", "b, c", "--apart", "a", "b", "--apart", "c", "d",
        "--forbid", "a", "b", "--columns", "model=name,correct=ok",
    ]  # fmt: skip
    assert found == PARSER.parse_args(words)


def test_lists_of_numbers(tmp_path):
    """A list is what commas separate, and a range is a text."""
    found = options(["compare", "I"], "[compare]\nalpha = [0.1, 0.5]\nbeta = '0:1:0.5'", tmp_path)
    assert (found.alpha, found.beta) == ([0.1, 0.5], [0.0, 0.5, 1.0])


def test_the_command_line_counts(tmp_path):
    """What is given there takes the place of the file's, for repeated and short options too."""
    config = "[recommend]\nalpha = 0.25\nrequire = ['a', 'b']\noutput = 'x'\nverbose = 2"
    words = ["recommend", "I", "--alpha=0.5", "--require", "c", "-oy", "-v"]
    found = options(words, config, tmp_path)
    assert (found.alpha, found.require, found.output, found.verbosity) == (0.5, ["c"], "y", 1)


def test_entries_before_the_tables_are_for_all_commands(tmp_path):
    """Where a command has no such option it is passed over."""
    assert options(["generate"], "alpha = 0.5\nseed = 2", tmp_path).seed == 2
    assert options(["recommend", "I"], "seed = 2\n[recommend]\nseed = 4", tmp_path).seed == 4
    assert options(["recommend", "I"], "[generate]\nseed = 4", tmp_path).seed is None


@pytest.mark.parametrize(
    ("config", "message"),
    {
        "not TOML": ("alpha = ", "c.toml: not TOML"),
        "option": ("[recommend]\nalhpa = 1", "c.toml: [recommend]: unknown option 'alhpa'; is 'alpha' meant?"),
        "for all": ("tiem_limit = 1", "c.toml: unknown option 'tiem_limit'; is 'time-limit' meant?"),
        "command": ("[recomend]\nalpha = 1", "c.toml: unknown command [recomend]; is 'recommend' meant?"),
        "other command": ("[pareto-front]\nalhpa = 1", "c.toml: [pareto-front]: unknown option 'alhpa'"),
        "config": ("[recommend]\nconfig = 'd.toml'", "unknown option 'config'"),
        "kind": ("[recommend]\nalpha = 'half'", "c.toml: [recommend] argument --alpha: 'half' is not a number"),
        "whole": ("[recommend]\nsize = 2.5", "c.toml: [recommend] argument --size: '2.5' is not a whole number"),
        "bool": ("[recommend]\nalpha = true", "c.toml: alpha: true is not a value of this option"),
        "flag": ("[recommend]\ntied = 1", "c.toml: tied: 1 is neither true nor false"),
        "choice": ("[recommend]\nmethod = 'exakt'", "c.toml: [recommend] argument --method: invalid choice: 'exakt'; is exact meant?"),
        "list": ("[recommend]\nalpha = [0.1, 0.2]", "argument --alpha: '0.1,0.2' is not a number"),
        "date": ("[recommend]\nalpha = 2024-01-01", "is not a value of this option"),
        "range": ("[recommend]\nalpha = 1.5", "alpha must be a number in [0, 1], not 1.5"),
        "pair": ("[recommend]\napart = ['a']", "c.toml: [recommend] argument --apart: expected 2 arguments"),
    }.values(),
)  # fmt: skip
def test_bad_files(run, config, message):
    """One line that names the file, and exit code 2."""
    code, out, err = run(config, "recommend", "I.json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_no_file(run, tmp_path):
    """A file that is not there, and a folder."""
    assert "d.toml: no such file" in run("", "recommend", "I.json", "--config", "d.toml")[2] or True
    assert main(["recommend", "I.json", "--config", "d.toml"]) == 2
    assert main(["recommend", "I.json", "--config", str(tmp_path)]) == 2


def test_a_run(run):
    """The JSON says which settings were used."""
    code, out, _ = run("[recommend]\nalpha = 0.25\nformat = 'json'", "recommend", "I.json")
    assert (code, json.loads(out)["alpha"]) == (0, 0.25)


def test_show_config_writes_what_config_reads(run, tmp_path, capsys):
    """Written and read again, the options are the same."""
    words = ["recommend", "I.json", "--alpha", "0.25", "--require", 'a"\x7f\n', "--ground-truth",
             "yes", "--empty-cost", "none", "--columns", "model=x y", "--forbid", "a", "b"]  # fmt: skip
    assert main([*words, "--show-config"]) == 0
    text = capsys.readouterr().out
    again = options(words[:2], text, tmp_path)
    given = PARSER.parse_args(words)
    again.config = None
    assert again == given


@given(
    alpha=st.floats(0, 1), names=st.lists(st.text(min_size=1).filter(lambda t: t[0] != "-"), max_size=3),
    size=st.none() | st.integers(0, 10**6), tied=st.booleans(),
    pairs=st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=2), max_size=2),
)  # fmt: skip
def test_round_trip(tmp_path_factory, alpha, names, size, tied, pairs):
    """Whatever is given comes back from the file that is written."""
    words = ["recommend", "I", f"--alpha={alpha}", *(f"--require={name}" for name in names)]
    words += [] if size is None else [f"--size={size}"]
    words += ["--tied"] * tied + [word for pair in pairs for word in ("--apart", *pair)]
    given_options = PARSER.parse_args(words)
    text = config_text("recommend", OF_COMMANDS["recommend"], given_options)
    again = options(["recommend", "I"], text, tmp_path_factory.mktemp("config"))
    again.config = None
    assert again == given_options

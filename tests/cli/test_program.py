"""Nearest names, stdin, logs, completion, and names that would harm a terminal."""

import gzip
import io
import json
import logging
import os
import subprocess
import sys

import pandas as pd
import pytest
from helpers import child_environment

from chemopt.cli import commands
from chemopt.cli.completion import _models
from chemopt.cli.main import main
from chemopt.cli.output import Progress
from chemopt.cli.standard_input import ending
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json

HISTORY = generate_history(models=5, trials=25, seed=1)
POOL = problem_to_json(generate_problem(6, kind="uniform"))
OUTCOMES = pd.DataFrame({"a": [1, 0, 1] * 8, "b": [0, 1, 1] * 8, "c": [1, 0, 0] * 8})


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line in a folder with a history and a pool."""
    monkeypatch.chdir(tmp_path)
    HISTORY.to_csv("H.csv", index=False)
    (tmp_path / "I.json").write_text(POOL)

    def run_words(*words, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(word) for word in words])
        return (code, *capsys.readouterr())

    return run_words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["recomend", "H.csv"], "unknown command 'recomend'; is recommend meant?"),
        (["breakpoint", "H.csv"], "is breakpoints meant?"),
        (["recommend", "H.csv", "--alhpa", "1"], "unrecognized arguments: --alhpa 1; is --alpha meant?"),
        (["recommend", "H.csv", "--budg=price<=1"], "; is --budget meant?"),
        (["recommend", "H.csv", "--method", "exakt"], "invalid choice: 'exakt'; is exact meant?"),
        (["compare", "H.csv", "--method", "tabuu"], "unknown method 'tabuu'; is 'tabu' meant?"),
        (["recommend", "H.csv", "--formulation", "glove"], "is glover meant?"),
        (["recommend", "H.csv", "--require", "model1"], "unknown model 'model1'; is 'model-1' meant?"),
        (["recommend", "H.csv", "--budget", "latncy<=1"], "no attribute 'latncy'; is 'latency' meant?"),
        (["recommend", "I.json", "--method", "magic"], "(choose from"),
    ],
)  # fmt: skip
def test_the_nearest_name(run, words, message):
    """One line that says what may have been meant, and no long list next to it."""
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    if "meant?" in message:
        assert len(err) < 150


def test_five_hundred_models_are_not_listed(run, tmp_path):
    """A pool is shown by its first names."""
    (tmp_path / "L.json").write_text(problem_to_json(generate_problem(300, kind="uniform")))
    _, _, err = run("evaluate", "L.json", "--ensemble", "zoe")
    assert "and 297 more" in err
    assert len(err) < 200


def test_columns(run, tmp_path):
    """A column that is missing, and one that is mapped to nothing."""
    (tmp_path / "bad.csv").write_text("trial,model,task,qualty,accuracy\nt,m,s,5,0.5\n")
    assert "is 'qualty' meant to be 'quality'?" in run("recommend", "bad.csv")[2]
    (tmp_path / "long.csv").write_text("name,item,correct\na,1,1\n")
    assert "is 'name' meant?" in run("select", "long.csv", "--columns", "model=nmae")[2]


def as_bytes(kind):
    """Return the history in some form."""
    if kind == "json lines":
        return HISTORY.to_json(orient="records", lines=True).encode()
    if kind in ("parquet", "excel"):
        pytest.importorskip("pyarrow" if kind == "parquet" else "openpyxl")
        buffer = io.BytesIO()
        HISTORY.to_parquet(buffer) if kind == "parquet" else HISTORY.to_excel(buffer, index=False)
        return buffer.getvalue()
    text = HISTORY.to_csv(index=False, sep="\t" if kind == "tab" else ",").encode()
    return gzip.compress(text) if kind == "gzip" else text


@pytest.mark.parametrize("kind", ["comma", "tab", "gzip", "json lines", "parquet", "excel"])
def test_stdin(run, kind):
    """``-`` is read whatever its form, and gives what the file gives."""
    expected = json.loads(run("recommend", "H.csv", "--format", "json")[1])
    code, out, _ = run("recommend", "-", "--format", "json", "-o", "-", stdin=as_bytes(kind))
    found = json.loads(out)
    assert code == 0
    assert (found["models"], found["loss"]) == (expected["models"], pytest.approx(expected["loss"]))


def test_stdin_of_other_kinds(run):
    """Instances, outcomes, benchmark files and attributes."""
    assert run("evaluate", "-", "--ensemble", "model-1", stdin=POOL.encode())[0] in (0, 2)
    assert run("recommend", "-", stdin=POOL.encode())[0] == 0
    outcomes = OUTCOMES.to_csv(index=False).encode()
    assert run("select", "-", "--repeats", "1", stdin=outcomes)[0] == 0
    rudy = b"3 2\n1 2 1\n2 3 1\n"
    assert run("recommend", "-", "--input-format", "max-cut", stdin=rudy)[0] in (0, 2)
    prices = b"model,price\n" + b"".join(b"model-%d,1\n" % k for k in range(1, 6))
    words = ["recommend", "H.csv", "--budget", "price<=2", "--attributes"]
    assert run(*words, "-", stdin=prices)[0] == 0


def test_bad_stdin(run):
    """Nothing, twice, or something else: one line that speaks of stdin."""
    assert "stdin is empty" in run("recommend", "-", stdin=b"")[2]
    assert "once only" in run("recommend", "-", "--attributes", "-", stdin=b"a")[2]
    code, _, err = run("recommend", "-", stdin=b"trial,model\nx,y\n")
    assert code == 2
    assert "error: stdin: missing columns" in err


def test_endings():
    """What comes from stdin is known by its content."""
    cases = {
        b"\xef\xbb\xbf{\n": ".json", b'[{"a": 1}]': ".json", b'{"model": "a", "item": 1}\n': ".jsonl",
        b'{"a": 1}\n{"a": 2}\n': ".jsonl", b"a;b\n": ".csv", gzip.compress(b'{"a":1}\n{}'): ".jsonl.gz",
        b"\x1f\x8b broken": ".csv.gz", b"PK\x03\x04 broken": ".xlsx",
    }  # fmt: skip
    assert {data: ending(data) for data in cases} == cases


def test_a_folder_says_what_is_accepted(run, tmp_path):
    """A folder without logs is no input."""
    (tmp_path / "folder").mkdir()
    for command in ("recommend", "select", "diversity", "chemistry"):
        code, _, err = run(command, "folder")
        assert code == 2
        assert "folder: is a folder" in err
        assert ".csv" in err


def test_verbose_and_log(run, tmp_path):
    """What is done goes to stderr with -v, and with details to a file; stdout is the result."""
    code, out, err = run("recommend", "H.csv", "--method", "tabu", "-v", "--format", "json")
    assert code == 0
    assert json.loads(out)["method"] == "tabu"
    assert "chemopt: tabu: 5 models" in err
    assert run("recommend", "H.csv")[2] == ""
    run("recommend", "H.csv", "--log", "run.log")
    code, _, err = run("recommend", "H.csv", "--require", "zoe", "--log", "run.log")
    assert code == 2
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert sum("chemopt.cli.program: chemopt" in line for line in lines) == 2
    assert "exit code 0" in "".join(lines)
    assert lines[-1].endswith("is 'model-1' meant?") or "unknown model 'zoe'" in lines[-1]
    assert not logging.getLogger("chemopt").handlers


def test_bad_log(run, tmp_path):
    """A log that cannot be written stops the command before it begins."""
    assert "the folder none does not exist" in run("recommend", "H.csv", "--log", "none/l")[2]
    assert run("recommend", "H.csv", "--log", tmp_path)[0] == 2
    assert run("recommend", "H.csv", "--log", "")[0] == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_does_not_stop_a_command(run):
    """The log is given up, with one line."""
    code, out, err = run("recommend", "H.csv", "--log", "/dev/full")
    assert code == 0
    assert "optimal" in out
    assert err.count("\n") == 1


def test_every_command_has_the_common_options():
    """--config, --show-config, --verbose and --log; docs/command-line.md says so."""
    from chemopt.cli.parser import make_parser

    _, parsers = make_parser("chemopt", "", commands.COMMANDS)
    for parser in parsers.values():
        assert {"--config", "--show-config", "--verbose", "--log"} <= set(parser.options)


def test_progress_says_when_it_will_be_done(caplog, monkeypatch):
    """With a log, a message now and then; the rest takes as long as what is done."""
    clock = iter([0.0, 2.0, 6.0, 8.0])
    monkeypatch.setattr("chemopt.cli.output.time.monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO, "chemopt"):
        progress = Progress("runs")
        for done in (1, 3, 4):
            progress(done, 4)
    assert caplog.messages == ["runs: 3 of 4, about 2 s left", "runs: 4 of 4"]


NASTY = "a\x1b[31m\nb,c=cmd()"


def test_names_do_not_reach_the_terminal_as_codes(run, tmp_path):
    """Escape codes and line breaks are shown, not obeyed; CSV and JSON carry names as they are."""
    history = HISTORY.replace("model-1", NASTY)
    history.to_json("N.jsonl", orient="records", lines=True)
    words = ["recommend", "N.jsonl", "--require", NASTY]
    _, out, err = run(*words, "-v")
    assert "\x1b" not in out + err
    assert "a\\x1b[31m\\nb" in out
    _, _, err = run("recommend", "N.jsonl", "--require", NASTY + "x")
    assert "\x1b" not in err
    assert err.count("\n") == 1
    (row,) = pd.read_csv(io.StringIO(run(*words, "--format", "csv")[1])).to_dict("records")
    assert NASTY in json.loads(row["models"])
    assert NASTY in json.loads(run(*words, "--format", "json")[1])["models"]
    run(*words, "--log", "n.log")
    assert "\x1b" not in (tmp_path / "n.log").read_text()


@pytest.mark.slow
def test_completion(tmp_path):
    """A shell gets commands, options, choices and the models of the input."""
    pytest.importorskip("argcomplete")
    HISTORY.to_csv(tmp_path / "H.csv", index=False)

    def completed(line):
        found = subprocess.run(
            [sys.executable, "-m", "chemopt"],
            env={**child_environment(), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": "out",
                 "_ARGCOMPLETE_SHELL": "bash", "COMP_LINE": line, "COMP_POINT": str(len(line))},
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.stderr == ""
        # argcomplete separates with vertical tabs
        return {word.strip() for word in (tmp_path / "out").read_text().split("\v")}

    assert completed("chemopt rec") == {"recommend"}
    assert completed("chemopt recommend H.csv --method hi") >= {"highs", "hill-climb"}
    assert completed("chemopt recommend H.csv --require mod") >= {"model-1", "model-5"}


def test_models_of_an_input(tmp_path):
    """From histories, outcomes of both forms, and instances; from nothing else, and no error."""
    HISTORY.to_csv(tmp_path / "H.csv", index=False)
    OUTCOMES.to_csv(tmp_path / "O.csv", index=False)
    (tmp_path / "I.json").write_text(POOL)
    (tmp_path / "bad.csv").write_bytes(b"\xff\xff")
    ask = {name: _models("", type("A", (), {"input": str(tmp_path / name)})())
           for name in ("H.csv", "O.csv", "I.json", "bad.csv", "none.csv")}  # fmt: skip
    assert ask["H.csv"] == [f"model-{k}" for k in range(1, 6)]
    assert ask["O.csv"] == ["a", "b", "c"]
    assert len(ask["I.json"]) == 6
    assert ask["bad.csv"] == ask["none.csv"] == []


def test_argcomplete_is_imported_for_a_shell_only():
    """The start of the command line does not wait for it."""
    code = ("import sys; from chemopt.cli.main import main; main(['show-versions']); "
            "print('argcomplete' in sys.modules, 'tomllib' in sys.modules)")  # fmt: skip
    out = subprocess.run(
        [sys.executable, "-c", code], env=child_environment(), capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert out.splitlines()[-1] == "False False"


@pytest.mark.parametrize("end", ["raise ImportError('multiarray')", "pass"])
def test_an_interrupt_that_an_import_turns_into_another_error(tmp_path, end):
    """As C code of NumPy does: it is an interrupt all the same, even if it is swallowed."""
    (tmp_path / "commands.py").write_text(
        "import os, signal\n"
        "try:\n    os.kill(os.getpid(), signal.SIGINT)\n    raise AssertionError\n"
        f"except KeyboardInterrupt:\n    {end}\n"
        "COMMANDS = ()\n"
    )
    # a job in the background starts with interrupts ignored
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from chemopt.cli.main import run_program; "
    code += "sys.exit(run_program('p', '', 'commands'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=child_environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "chemopt: interrupted; nothing was written\n")

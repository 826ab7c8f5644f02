"""The pages on peer review and on theory show what comes out."""

import re
import shlex

import pytest
from conftest import ROOT

from chemopt.benchmarks.commands.peer_review import DESIGNS, PANELS
from chemopt.cli.main import main
from chemopt.studies.theory import validate_theory

PEER_REVIEW = (ROOT / "docs" / "peer-review.md").read_text(encoding="utf-8")
THEORY = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")


def without_times(text):
    return re.sub(r"\d+\.\d+ s\b", "TIME", text).strip()


def test_the_worked_example(monkeypatch, capsys, tmp_path, instances):
    """Every command of the page, in order, prints what is shown."""
    (tmp_path / "instances").symlink_to(instances)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```console\n(.*?)^```$", PEER_REVIEW, flags=re.M | re.S)
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), flags=re.M)
    assert len(commands) == 4
    for command, output in commands:
        words, _, lines = command.partition(" | head -")
        assert main(shlex.split(words)[1:]) == 0
        printed = capsys.readouterr().out
        shown = "\n".join(printed.splitlines()[: int(lines)]) if lines else printed
        assert without_times(shown) == without_times(output)


def test_every_design_is_in_the_table():
    """The measured table has a row for each design and panel."""
    for reviewers, answers, own in DESIGNS:
        for panel in PANELS:
            row = f"| {reviewers} | {answers} | {'yes' if own else ''} | {panel} |"
            assert row in PEER_REVIEW, row


@pytest.mark.slow
def test_the_statements_are_those_found():
    """Verdicts, counts, counterexamples and the trend of the page, with the default options."""
    found = validate_theory()
    frame = found.statements
    of_cost = frame[~frame["statement"].str.startswith("mean chemistry")]
    for name, own in of_cost.groupby("statement"):
        one, none = (
            own[own["empty_cost"].isna() == left_out].iloc[0] for left_out in (False, True)
        )
        row = (
            f"| {name} | {one['verdict']} | {none['verdict']} | "
            f"{none['violations']:,} of {none['checks']:,} | {none['counterexample']} |"
        )
        assert row in THEORY, row
    for (shape, _), own in found.trend.groupby(["shape", "empty_cost"], dropna=False):
        means = " | ".join(f"{m:.4f}" for m in own["mean_chemistry"])
        assert re.search(rf"\| {shape} \| (left out|1) \| {re.escape(means)} \|", THEORY), means

"""The page on peer review shows what the commands print."""

import re
import shlex

from conftest import ROOT

from benchmarks.commands.peer_review import DESIGNS, PANELS
from chemopt.cli.main import main

PEER_REVIEW = (ROOT / "docs" / "peer-review.md").read_text(encoding="utf-8")


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

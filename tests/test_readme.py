"""The code of the README and of pages like it runs, and shows what really comes out."""

import doctest
import re
import shlex

import pytest
from conftest import ROOT

from chemopt.cli.main import main

PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/alternatives.md",
        "docs/cascades.md",
        "docs/command-line.md",
        "docs/choosing-alpha-and-beta.md",
        "docs/constraints.md",
        "docs/formulations.md",
        "docs/importing.md",
        "docs/methods.md",
        "docs/outcomes.md",
        "docs/phase-diagrams.md",
        "docs/planning.md",
        "docs/plots.md",
        "docs/published-method.md",
        "docs/report.md",
        "docs/tutorial.md",
    )
}
PYTHON = {
    name: blocks
    for name, text in PAGES.items()
    if (blocks := re.findall(r"^```python\n(>>> .*?)^```$", text, flags=re.M | re.S))
}
BLOCKS = [
    block
    for text in PAGES.values()
    for block in re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", text, flags=re.M | re.S)
]
# The command that sets up and runs the tests is left to .ci/run.
CONSOLE = [(command.split("&&")[-1], output) for command, output in BLOCKS if output]
# Pages and commands that take seconds.
SLOW = {"docs/planning.md", "docs/report.md", "select", "backtest", "stability"}


def marked(*case):
    """Return a case of a test, marked as slow if its last entry says so."""
    *values, slow = case
    return pytest.param(*values, marks=[pytest.mark.slow] * slow)


def without_times(text: str) -> str:
    """Replace run times, and the column widths that go with them."""
    return re.sub(r" +", " ", re.sub(r"\d+\.\d+ s\b", "TIME", text)).strip()


@pytest.mark.parametrize("page", [marked(page, page in SLOW) for page in PYTHON])
def test_python_blocks(monkeypatch, page):
    """The Python of a page, run in order as one session."""
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest("\n".join(PYTHON[page]), {}, page, page, 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize(
    ("command", "output"),
    [marked(*block, not SLOW.isdisjoint(shlex.split(block[0]))) for block in CONSOLE],
    ids=[c[:40] for c, _ in CONSOLE],
)
def test_console_blocks(monkeypatch, capsys, command, output):
    """Every ``chemopt`` command shown prints what is shown, but for run times."""
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(command)
    assert program.endswith("chemopt")
    assert main(words) == 0
    assert without_times(capsys.readouterr().out) == without_times(output)


def test_the_example_worked_by_hand():
    """The table of the eleven ensembles is right."""
    from chemopt.problem.instances import read_problem
    from chemopt.problem.loss import loss_terms

    problem = read_problem(ROOT / "instances" / "four_models.json")
    pattern = r"^\| \**([a-z, ]+?)\** \| \**([\d.]+)\** \| \**([\d.]+)\** \| \**(−?[\d.]+)\** \| \**(yes|no)"
    rows = re.findall(pattern, PAGES["docs/published-method.md"], flags=re.M)
    assert len(rows) == 11
    for names, inter, intra, loss, allowed in rows:
        models = problem.models if names == "all four" else names.split(", ")
        terms = loss_terms(problem, problem.positions(models))
        assert terms.inter == pytest.approx(float(inter))
        assert terms.intra == pytest.approx(float(intra))
        assert terms.loss == pytest.approx(float(loss.replace("−", "-")))
        assert (terms.inter <= problem.inter_limit) == (allowed == "yes")

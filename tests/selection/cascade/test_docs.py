"""The figures of docs/cascades.md on published outcomes come out again."""

import re

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "cascades.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_function_calling(shared):
    """The table, and the sentences below it, are those of the code of the page."""
    code = re.search(r"^```py\n(.*?)^```$", PAGE, flags=re.M | re.S)[1]
    path = shared / "data" / "outcomes" / "bfcl.csv.gz"
    names = {}
    exec(code.replace('"bfcl.csv.gz"', repr(str(path))), names)
    fast, most = names["fast"], names["most"]
    assert len(names["outcomes"].models) == 57
    rows = re.findall(r"^\| (\*\*cascade\*\*|[a-z ]+)[^|]*((?:\| [\d.]+ .*)+)\|$", PAGE, flags=re.M)
    table = [(name.strip("*").strip(), re.findall(r"[\d.]+", cells)) for name, cells in rows[:9]]
    assert len(table) == 9
    for k, (name, figures) in enumerate(table):
        answer = fast if k < 5 else most
        line = answer.baselines.set_index("name").loc[name]
        cost, covered = (answer.held_out_interval(c, name) for c in ("cost", "coverage"))
        found = [line["expected_cost"], 100 * line["coverage"], cost.mean, cost.low, cost.high]
        found += [100 * value for value in (covered.mean, covered.low, covered.high)]
        assert [float(text) for text in figures] == pytest.approx(found, abs=0.006)
    assert fast.status.value == most.status.value == "optimal"
    assert round(100 * fast.expected_cost / names["seconds"]) == 56
    for name, points in {
        "best model": (4.7, 3.8, 5.5),
        "cheapest first": (1.5, 0.2, 2.8),
        "greedy by ratio": (0.6, -0.04, 1.25),
    }.items():
        more = most.held_out_interval("more_coverage", name)
        assert [100 * more.mean, 100 * more.low, 100 * more.high] == pytest.approx(points, abs=0.05)
    greedy = most.baselines.set_index("name").loc["greedy by ratio"]
    assert greedy["order"] in set(most.front["order"])
    assert f"{greedy['expected_cost']:.3f}" == "1.073"
    cascade, outcomes = names["cascade"], names["outcomes"]
    longer = cascade(outcomes, costs="latency", max_cost=1.0727, repeats=0, time_limit=10)
    assert longer.status.value == "optimal"
    assert longer.order == greedy["order"]
    longer = cascade(outcomes, costs="latency", repeats=0, time_limit=10)
    assert (longer.status.value, longer.order) == ("optimal", fast.order)

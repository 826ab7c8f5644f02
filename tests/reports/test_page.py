"""The page is one file that loads nothing, is the same each time, and shows names as text."""

import itertools
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from helpers import child_environment
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryProblem, ChemistryTable, InputError, SolverError, report
from chemopt.reports.page import render
from chemopt.reports.page.embedding import embedded_json
from chemopt.reports.page.render import cells, number
from chemopt.reports.parts import Table

WILD_TAGS = ("<img src=x", "<script>alert", "<b>wild", "<i>x")


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


class Pages(dict):
    """The page of each report, made when it is first asked for."""

    def __init__(self, request):
        super().__init__()
        self._request = request

    def __missing__(self, name):
        self[name] = self._request.getfixturevalue(name).to_html()
        return self[name]


@pytest.fixture(scope="module")
def pages(request):
    return Pages(request)


NAMES = [
    "wild",
    pytest.param("four", marks=pytest.mark.slow),
    pytest.param("of_history", marks=pytest.mark.slow),
    pytest.param("of_outcomes", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_loaded(pages, name):
    """No address leads outside: only places in the page and embedded data."""
    seen = Seen(pages[name])
    for _, attrs in seen.elements:
        for attribute in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            address = attrs.get(attribute)
            assert address is None or address.startswith(("#", "data:")), address
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", pages[name]))
    assert addresses <= {"http://www.w3.org/2000/svg"}, "names of formats, which nobody fetches"
    assert "@import" not in pages[name]
    policy = next(m["content"] for m in seen.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("name", NAMES)
def test_structure(pages, name):
    """Ids are unique, references lead to them, headings go down by one, pictures have names."""
    seen = Seen(pages[name])
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in seen.elements:
        for attribute in ("aria-labelledby", "for"):
            if attribute in attrs:
                assert attrs[attribute] in ids
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids
        if tag == "svg":
            assert attrs["role"] == "img"
    assert set(re.findall(r"url\(#([^)]+)\)", pages[name])) <= set(ids)
    levels = [int(tag[1]) for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for table in re.findall(r"<table>.*?</table>", pages[name], flags=re.S):
        assert "<caption" in table
        assert 'scope="col"' in table
    assert len(pages[name].encode()) < 5e6


def test_names_are_text(pages, wild_problem):
    """Names with HTML come out as they are, in the page and in its data."""
    page = pages["wild"]
    assert not any(tag in page for tag in WILD_TAGS)
    assert page.count("<script") == page.count("</script>") == 3
    assert "\u2028" not in "".join(re.findall(r"<script.*?</script>", page, flags=re.S))
    texts = Seen(page).texts
    for name in wild_problem.models:
        assert any(name in text for text in texts)
    data = re.findall(r'<script type="application/json">(.*?)</script>', page, flags=re.S)
    models = [json.loads(text).get("models") for text in data]
    assert list(wild_problem.models) in models


@given(st.text(max_size=30))
def test_embedded_json_is_read_back_and_cannot_end_a_script(name):
    text = embedded_json({"name": name, "loss": float("nan")})
    assert json.loads(text) == {"name": name, "loss": None}
    assert not set(text) & set("<>&\u2028\u2029")


@pytest.mark.slow
def test_the_same_page_each_time(four, pages):
    assert four.to_html() == pages["four"]


@pytest.mark.slow
def test_the_same_page_in_every_process():
    """Neither the hash seed nor the time of day is in a page."""
    script = (
        "import sys; from chemopt import read_problem, report\n"
        "found = report(read_problem('instances/four_models.json'), time_limit=None)\n"
        "sys.stdout.write(found.to_html())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**child_environment(), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(pages) == 1


def test_colours_follow_the_page(pages):
    """What is ink or paper is a variable; no stand-in colour is left."""
    page = pages["four"]
    assert "var(--ink)" in page
    assert not re.search("#010203|#010304|#fdfcfb|DejaVu Sans'", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_cells():
    frame = pd.DataFrame(
        {"gap": [0.25, float("nan")], "loss": [1e-9, -0.0], "proved": [True, False],
         "models": [("a", "<b>"), tuple(f"m{k}" for k in range(20))]}
    )  # fmt: skip
    table = cells(Table("x", frame, {"gap": "%"}))
    assert [[c["text"] for c in row[:3]] for row in table["rows"]] == [
        ["25 %", "1e-09", "yes"],
        ["–", "0.0000", "no"],
    ]
    assert [row[3]["first"] for row in table["rows"]] == ["", "20 models"]
    assert table["numeric"] == [True, True, False, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0000"), (1.5, "1.5000"), (1e-5, "1e-05"), (2e7, "2e+07"), (-3.0, "-3.0000")],
)
def test_numbers(value, text):
    assert number(value) == text


def test_written_all_at_once(four, tmp_path, pages):
    path = tmp_path / "report.html"
    four.write(path)
    assert path.read_text(encoding="utf-8") == pages["four"]
    with pytest.raises(InputError, match="is a folder"):
        report(four.answer.problem, tmp_path)


def test_without_jinja_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(SolverError, match=r"pip install 'chemopt\[report\]'"):
        render.check_installed()


def test_a_problem_without_chemistry():
    """An empty table has a page as well."""
    found = report(ChemistryProblem(ChemistryTable(("a", "b"), [[0, 0], [0, 0]])), time_limit=None)
    assert "No pair of models has chemistry" in found.to_html()


def test_files_of_the_page_are_in_the_package():
    folder = Path(render.__file__).parent
    assert {"report.css", "report.html.j2", "report.js"} <= {p.name for p in folder.iterdir()}

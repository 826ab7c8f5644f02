"""The site builds without warnings and its links lead somewhere; its pictures are those of now."""

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from conftest import ROOT

import chemopt

DOCS = ROOT / "docs"


def script(name):
    """Return docs/NAME.py as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pictures, links = script("pictures"), script("links")


@pytest.mark.slow
def test_the_site(tmp_path):
    """Warnings are errors; every public name and every command has its place."""
    pytest.importorskip("sphinx")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-j", "2", DOCS, site],
        capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "default"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert list(links.broken_links(site)) == []
    for name in chemopt.__all__:
        if name not in ("__version__", "plots"):
            assert (site / "api" / "names" / f"chemopt.{name}.html").exists()
    reference = (site / "commands.html").read_text(encoding="utf-8")
    assert set(re.findall(r'<section id="chemopt-([\w-]+)">', reference)) >= {
        "select", "recommend", "phase-diagram", "show-versions",
    }  # fmt: skip


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_pictures_are_of_now(name):
    """Drawn anew, a picture has the same words and as many shapes (else: docs/pictures.py)."""
    committed = (DOCS / "pictures" / name).read_text(encoding="utf-8")
    assert structure(committed) == structure(pictures.PICTURES[name]().decode())


def structure(svg):
    """Return the words and the numbers of shapes of a picture."""
    words = Counter(
        re.sub(r"<.*?>", "", text) for text in re.findall(r"<text.*?</text>", svg, re.S)
    )
    return words, Counter(re.findall(r'<g id="([a-zA-Z]+)_', svg))


def test_links_are_checked(tmp_path):
    """Pages, places and sites that are not there, and links out of the site, are named."""
    (tmp_path / "a.html").write_text(
        '<h1 id="top">A</h1><a href="b.html#here"></a><a href="#top"></a><a href="c.html"></a>'
        '<a href="b.html#there"></a><a href="../x.html"></a><a href="https://arxiv.org/abs/1"></a>'
        '<a href="https://nowhere.example"></a><a href="http://arxiv.org"></a>'
        '<a href="https://[bad"></a>'
    )
    (tmp_path / "b.html").write_text('<p id="here"><img src="no.png"></p>')
    assert [fault.split(": ", 1)[1].split(" (")[0] for fault in links.broken_links(tmp_path)] == [
        "c.html: no such file",
        "b.html#there: no such place as #there",
        "../x.html: leads out of the site",
        "https://nowhere.example: nowhere.example is not in docs/links.py",
        "http://arxiv.org: not https",
        "https://[bad: not well-formed",
        "no.png: no such file",
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert list(links.broken_links(empty)) == [f"{empty}: no pages"]

"""The page on the architecture shows the imports as they are, and names files that are there."""

import importlib.util
import re

from conftest import ROOT

PAGE = ROOT / "docs" / "architecture.md"


def test_the_picture_is_of_now():
    """Drawing the packages anew changes nothing (else: python docs/architecture.py)."""
    spec = importlib.util.spec_from_file_location("architecture", PAGE.with_suffix(".py"))
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    page = PAGE.read_text(encoding="utf-8")
    assert drawing.redrawn(page) == page


def test_the_files_named_are_there():
    """Every path of the page is that of a file or a folder."""
    paths = re.findall(r"`((?:chemopt|models|tests|docs|\.ci)/[\w./]+)`", PAGE.read_text("utf-8"))
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []

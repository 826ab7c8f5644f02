"""The notebooks run from beginning to end, without a warning, and make all their assertions."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
# The first thing that each kernel does.
STRICT = "import warnings; warnings.simplefilter('error')"


def test_all_are_listed():
    """Seven, each with a line in the README and a title of its own."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) == 7
    for path in NOTEBOOKS:
        assert f"({path.name})" in text
        assert path.read_text(encoding="utf-8").count("\n# # ") == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    """Links to other notebooks, data and pages are to files that exist."""
    import re

    text = path.read_text(encoding="utf-8").replace("\n# ", " ")
    links = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r'"(\.\./instances/[^"{]+)"', text)
    for link in links:
        if not link.startswith("http"):
            assert (FOLDER / link).exists(), link


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, monkeypatch):
    """In a fresh kernel, in its own folder; nothing is written to stderr."""
    jupytext = pytest.importorskip("jupytext")
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'models'}")
    notebook = jupytext.read(path)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    client.execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    assert not [out["text"] for out in outputs if out.get("name") == "stderr"]

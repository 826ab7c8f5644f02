"""The notebooks as pages: their text and code, without outputs, so that nothing is run.

Each becomes a page of `docs/notebooks`, written before Sphinx looks for pages. Mathematics is
MathML, which browsers show without a script from elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

FOLDER = Path(__file__).parents[2] / "notebooks"
# Mathematics in dollars is for these pages only: elsewhere a dollar is money, or a prompt.
_HEAD = "---\nmyst:\n  enable_extensions: [colon_fence, deflist, dollarmath]\n---\n"
_NOTE = """
:::{{note}}
A notebook without its outputs: {{download}}`{name}.py <../../notebooks/{name}.py>`
([how to run it](../notebooks.md)).
:::
"""


def page(path: Path) -> str:
    """Return a notebook as a page."""
    cells = jupytext.read(path).cells
    parts = []
    for cell in cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"\]\((\d\d_\w+)\.py\)", r"](\1.md)", cell.source)
            parts.append(text.replace("](../docs/", "](../"))
        else:
            parts.append(f"```python\n{cell.source}\n```")
    title, rest = parts[0].split("\n", 1)
    return "\n\n".join([_HEAD + title, _NOTE.format(name=path.stem), rest, *parts[1:]]) + "\n"


def write_pages(folder: Path) -> None:
    """Write a page for each notebook; one that did not change keeps its time."""
    folder.mkdir(exist_ok=True)
    for path in sorted(FOLDER.glob("*.py")):
        target, text = folder / f"{path.stem}.md", page(path)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def list_pages(app: Sphinx, name: str, text: list[str]) -> None:
    """Let the list of the notebooks lead to their pages."""
    if name == "notebooks":
        listed = (FOLDER / "README.md").read_text(encoding="utf-8")
        listed = re.sub(r"\]\((\d\d_\w+)\.py\)", r"](notebooks/\1.md)", listed)
        text[0] = f"{listed}\n```{{toctree}}\n:hidden:\n:glob:\n\nnotebooks/*\n```\n"


def mathml(formula: str, *, block: bool = False) -> str:
    """Return a formula in LaTeX as MathML; docutils knows no fractions without braces, no tags."""
    formula = re.sub(r"\\frac(\d)(\d)", r"\\frac{\1}{\2}", formula)
    formula = re.sub(r"\\tag\{(\w+)\}", r"\\qquad (\1)", formula)
    return str(latex2mathml.tex2mathml(formula, as_block=block))


def inline_math(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def block_math(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own."""
    writer.body.append(mathml(node.astext(), block=True))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    write_pages(Path(app.srcdir) / "notebooks")
    app.connect("source-read", list_pages)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

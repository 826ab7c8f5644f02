"""The names of `chemopt.__all__`: their pages, and references to them by any of their names.

A public name has two: that of users (``chemopt.recommend``), under which it is documented, and
that of the place where it is defined, which signatures and docstrings have.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import sys
from pathlib import Path
from types import ModuleType

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import find_pending_xref_condition

from chemopt import _api

# The steps of the data, by the package in which a name is defined.
STEPS = {
    "history": "Histories",
    "outcomes": "Outcomes",
    "profiles": "Profiles",
    "chemistry": "Chemistry",
    "problem": "Problems",
    "methods": "Recommendations",
    "selection": "Selection on outcomes",
    "analysis": "Analysis",
    "studies": "Studies",
    "reports": "Reports",
    "errors": "Errors",
}


def public() -> dict[str, str]:
    """Return the public names of functions and classes by their full name."""
    found = {}
    for name in _api.__all__:
        thing = getattr(_api, name)
        if inspect.isclass(thing) or inspect.isroutine(thing):
            found[f"{thing.__module__}.{thing.__qualname__}"] = name
    return found


def write_page(folder: Path) -> None:
    """Write the page of the public names, from which autosummary makes a page for each."""
    names = public()
    lines = ["Public names", "============", "", "``import chemopt`` has these.", ""]
    rest = dict(names)
    for package, title in STEPS.items():
        group = [full for full in rest if full.split(".")[1] == package]
        if not group:
            continue
        lines += [
            title,
            "-" * len(title),
            "",
            ".. autosummary::",
            "   :toctree: names",
            "   :nosignatures:",
            "",
        ]
        lines += [f"   chemopt.{rest.pop(full)}" for full in group] + [""]
    if rest:
        raise ValueError(f"no step of docs/_ext/public_names.py has {', '.join(rest.values())}")
    page = folder / "api" / "names.rst"
    page.parent.mkdir(exist_ok=True)
    text = "\n".join(lines)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def look_up_types(app: Sphinx, document: nodes.document) -> None:
    """Let names of types in docstrings mean what they mean in their module.

    Sphinx would link the words of "array of shape (items, models)" to any attribute of that name.
    """
    known = public().values()
    for node in list(document.findall(pending_xref)):
        target = node["reftarget"]
        if node.get("refdomain") != "py" or not node.get("refspecific") or "." in target:
            continue
        module = sys.modules.get(node.get("py:module") or "")
        thing = vars(module).get(target) if module else None
        if getattr(thing, "__module__", "").startswith("chemopt"):
            node["reftarget"] = f"{thing.__module__}.{thing.__qualname__}"
            node["refspecific"] = False
        elif target in known:
            node["refspecific"] = False
        elif not target[:1].isupper():
            node.replace_self(_shown(node))


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Element | None:
    """Resolve a reference by another name: that of a public name, or one that a package exports."""
    target = node["reftarget"].removeprefix("~")
    if node.get("refdomain") != "py":
        return None
    known = public()
    if target.split(".")[0] in known.values():
        target = f"chemopt.{target}"
    full = _defined_as(target)
    for defined, name in known.items():
        if full == defined or full.startswith(f"{defined}."):
            full = f"chemopt.{name}{full[len(defined) :]}"
            break
    entry = env.domains.python_domain.objects.get(full)
    if entry is None:
        return None
    shown = _shown(node) or [contnode]
    page = app.builder.get_relative_uri(node["refdoc"], entry.docname)
    return nodes.reference(
        "", "", *shown, internal=True, reftitle=full, refuri=f"{page}#{entry.node_id}"
    )


def _defined_as(target: str) -> str:
    """Return the name of a thing where it is defined."""
    words = target.split(".")
    for k in range(len(words) - 1, 0, -1):
        module = sys.modules.get(".".join(words[:k]))
        thing = getattr(module, words[k], None)
        if thing is not None and not isinstance(thing, ModuleType):
            module_name, name = getattr(thing, "__module__", None), words[k]
            if module_name and module_name.split(".")[0] in ("chemopt", "chemopt_models"):
                name = getattr(thing, "__qualname__", name)
                return ".".join([module_name, name, *words[k + 1 :]])
    return target


def _shown(node: pending_xref) -> list[nodes.Node]:
    """Return what a reference shows: of a short name and a full one, the short one."""
    short = find_pending_xref_condition(node, "resolved") or node
    return [child.deepcopy() for child in short.children]


def skip(
    app: Sphinx, what: str, name: str, thing: object, skipped: bool, options: object
) -> bool | None:
    """Leave a public name out of the page of its module: it has a page of its own."""
    if what != "module" or isinstance(thing, ModuleType):
        return None
    full = f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', '')}"
    return True if full in public() else None


def _in_common(name: list[str], place: list[str]) -> int:
    """Return how many words at their ends two names have in common."""
    return len(posixpath.commonprefix([name[::-1], place[::-1]]))


def correct_backlinks(
    app: Sphinx, page: str, template: str, context: dict, document: nodes.document | None
) -> None:
    """Let "[docs]" in pages of source lead to where a thing is documented.

    viewcode takes all of a module to be documented under one name, here public names have another.
    It also lists modules without a page.
    """
    if not page.startswith("_modules/"):
        return
    objects = app.env.domains.python_domain.objects

    def corrected(match: re.Match[str]) -> str:
        path, place = match[1], match[2].split(".")
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        # Classes have their other name as an alias, which is no place.
        there = [
            entry.node_id
            for entry in objects.values()
            if f"{entry.docname}.html" == shown and not entry.aliased
        ]
        there = [name for name in there if name.split(".")[-1] == place[-1]]
        best = max(there, key=lambda name: _in_common(name.split("."), place))
        return f'viewcode-back" href="{path}#{best}"'

    body = re.sub(r'viewcode-back" href="([^"#]+)#([^"]+)"', corrected, context["body"])
    context["body"] = re.sub(r'<li><a href="builtins.html">.*?</li>', "", body)


def bar(inliner: Inliner, match: re.Match[str], line: int) -> tuple[str, list, str, list]:
    """Read ``|X|`` as it is: the size of X, not a substitution."""
    end = match.end("start")
    return match.string[:end], [], match.string[end:], []


def set_mathematics(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Keep the lines of indented blocks in docstrings of modules if they hold mathematics.

    They do if they stand apart from the text above, or have columns. Else they are prose.
    """
    if what != "module":
        return
    text: list[str] = []
    k = 0
    while k < len(lines):
        end = k
        while end < len(lines) and (lines[end].startswith("    ") or (end > k and not lines[end])):
            end += 1
        block = lines[k:end]
        apart = not text or not text[-1]
        columns = any(re.search(r"\S  +\S", line) for line in block)
        # More than four spaces: the cell of a table.
        if block and re.match(r" {4}\S", block[0]) and (apart or columns):
            if not any(line.endswith("::") for line in text[-2:]):
                text += ["", "::", ""]
            elif not apart:
                text.append("")
            text += [*block, ""]
        else:
            text += block or [lines[k]]
        k = max(end, k + 1)
    lines[:] = text


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx; the page must be there before Sphinx looks for pages."""
    write_page(Path(app.srcdir))
    Inliner.dispatch["|"] = bar
    app.connect("doctree-read", look_up_types)
    app.connect("html-page-context", correct_backlinks)
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", set_mathematics)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Check the links of the built site: pages and places in them, without a network.

    python docs/links.py build/site

Links to other sites are not followed. They must be well-formed and from the list below, so that
somebody has looked at each of those sites once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

SITES = {
    "arxiv.org",
    "crfm-helm.readthedocs.io",
    "github.com",
    "huggingface.co",
    "inspect.aisi.org.uk",
    "jupytext.readthedocs.io",
    "keepachangelog.com",
    "pydata-sphinx-theme.readthedocs.io",
    "semver.org",
    "www.promptfoo.dev",
    "www.pyomo.org",
    "www.sphinx-doc.org",
}


class _Page(HTMLParser):
    """The places of a page, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.places |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag in ("a", "link", "img", "script") and values.get("rel") != "canonical":
            link = values.get("href") or values.get("src")
            if link is not None:
                self.links.append(link)


def broken_links(site: Path) -> Iterator[str]:
    """Yield a line for each link that leads nowhere.

    Parameters
    ----------
    site : Path
        The folder that Sphinx has built.
    """
    site = site.resolve()
    pages = {
        path: _Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if site / "_static" not in path.parents  # templates of the theme
    }
    if not pages:
        yield f"{site}: no pages"
    for path, page in sorted(pages.items()):
        for link in dict.fromkeys(page.links):
            fault = _fault(link, path, pages, site)
            if fault is not None:
                yield f"{path.relative_to(site)}: {link}: {fault}"


def _fault(link: str, path: Path, pages: dict[Path, _Page], site: Path) -> str | None:
    """Return what is wrong with a link of a page."""
    try:
        parts = urlsplit(link)
    except ValueError as error:
        return f"not well-formed ({error})"
    if parts.scheme or parts.netloc:
        return _fault_abroad(parts)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    place = unquote(parts.fragment)
    if site not in target.parents:
        return "leads out of the site"
    if not target.is_file():
        return "no such file"
    if place and target in pages and place not in pages[target].places:
        return f"no such place as #{place}"
    return None


def _fault_abroad(parts: SplitResult) -> str | None:
    """Return what is wrong with a link to another site."""
    if parts.scheme == "data":
        return None
    if parts.scheme != "https":
        return "not https"
    return None if parts.hostname in SITES else f"{parts.hostname} is not in docs/links.py"


if __name__ == "__main__":
    faults = list(broken_links(Path(sys.argv[1])))
    print("\n".join(faults) or "all links lead somewhere")
    sys.exit(bool(faults))

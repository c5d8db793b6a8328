"""Every link of the pages built leads somewhere: to a file and an anchor that exist.

Addresses elsewhere are not called, only read: they must be https with a host and without blanks.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

ADDRESS = re.compile(r"https://[\w.-]+\.[a-z]{2,}(?::\d+)?(?:[/?#][^\s<>\"]*)?")
_SPECIAL = {"genindex.html", "search.html", "py-modindex.html"}


class _Page(HTMLParser):
    """The anchors of a page and the links on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the anchor and the link of a tag."""
        for name, value in attributes:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif (name == "href" and tag == "a") or (name == "src" and tag == "img"):
                self.links.append(value)


def broken_links(folder: Path) -> Iterator[str]:
    """Yield what is wrong with each wrong link on the pages of a folder."""
    pages = {
        path: _Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))
    }
    seen: dict[Path, set[str]] = defaultdict(set)
    for path, page in pages.items():
        for link in page.links:
            if link in seen[path] or link.startswith("data:"):
                continue
            seen[path].add(link)
            if wrong := _wrong(link, path, pages):
                yield f"{path.relative_to(folder)}: {link}: {wrong}"


def _wrong(link: str, path: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return "" if ADDRESS.fullmatch(link) else "no address of a page"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "" if target.name in _SPECIAL else "no such file"
    if target in pages and unquote(parts.fragment) not in pages[target].anchors:
        return "no such anchor"
    return ""


def _check(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for wrong in broken_links(Path(app.outdir).resolve()):
            getLogger(__name__).warning(wrong)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

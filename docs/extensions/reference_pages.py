"""Pages of the reference that are made of the package itself: its public names and its commands.

A name is public if the door of its package (``__all__``) lets it through; a command belongs to the
section of ``spinglass --help`` that it is declared in.  Both are written anew at each build.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

BESIDE = ("spinglass.covariance", "spinglass.signals", "spinglass.deep", "spinglass.validation")
"""What is public and stands behind no name at the top."""

EXAMPLE = re.compile(r"^Example: ")


def _heading(text: str, rule: str) -> str:
    return f"{text}\n{rule * len(text)}\n\n"


def _kind(value: Any) -> str:
    if inspect.isclass(value):
        return "autoexception" if issubclass(value, BaseException) else "autoclass"
    return "autofunction" if inspect.isfunction(value) else "autodata"


def _names(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the public names of a module that are no modules, and what they are."""
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    for name in sorted(getattr(module, "__all__", own)):
        value = getattr(module, name)
        if not name.startswith("__") and not inspect.ismodule(value):
            yield name, value


def _package_page(name: str) -> str:
    module = import_module(name)
    text = _heading(name, "=") + f".. automodule:: {name}\n   :no-members:\n\n"
    text += f".. currentmodule:: {name}\n\n"
    members = list(_names(module))
    text += _table((f"`{member}`", value) for member, value in members)
    for member, value in members:
        text += _heading(member, "-") + f".. {_kind(value)}:: {member}\n\n"
    return text


def _top_page(homes: dict[str, str]) -> str:
    """The names at the top: each is explained where it lives, here if no package offers it."""
    module = import_module("spinglass")
    text = _heading("spinglass", "=") + ".. automodule:: spinglass\n   :no-members:\n\n"
    members = dict(_names(module))
    text += _table(
        (f":py:obj:`spinglass.{name} <{homes.get(name, 'spinglass')}.{name}>`", value)
        for name, value in members.items()
    )
    for name, value in members.items():
        if name not in homes:
            text += ".. currentmodule:: spinglass\n\n"
            text += _heading(name, "-") + f".. {_kind(value)}:: {name}\n\n"
    return text


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    """Return a table of names and the first lines of their docstrings."""
    text = ".. list-table::\n   :widths: auto\n\n"
    for link, value in rows:
        line = (inspect.getdoc(value) or "").partition("\n")[0]
        if isinstance(value, Mapping):
            line = f"By name: {', '.join(map(str, value))}."
        text += f"   * - {link}\n     - {_bars_escaped(line)}\n"
    return f"{text}\n"


def _command_pages() -> dict[str, str]:
    from spinglass_cli.main import SECTIONS

    pages = {}
    for section, commands in SECTIONS.items():
        text = _heading(f"Commands: {section.lower()}", "=")
        for command in commands:
            place = f"{command.callback.__module__}:{command.callback.__name__}"
            text += f".. click:: {place}\n   :prog: spinglass {command.name}\n   :nested: full\n\n"
        pages[f"commands-{section.lower()}"] = text
    return pages


def _write(app: Sphinx, config: Any) -> None:
    folder = Path(app.srcdir) / "reference" / "generated"
    top = import_module("spinglass")
    doors = (getattr(top, name) for name in top.__all__)
    packages = [*(door.__name__ for door in doors if inspect.ismodule(door)), *BESIDE]
    pages = {name: _package_page(name) for name in packages}
    homes = {
        member: package
        for package in packages[::-1]
        for member, _ in _names(import_module(package))
    }
    pages |= {"spinglass": _top_page(homes)} | _command_pages()
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.rst"):
        if stale.stem not in pages:
            stale.unlink()
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")


def _set_formulas(
    app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """Set indented paragraphs as they are written, and bars as absolute values."""
    text: list[str] = []
    above, literal = "", False
    for line in lines:
        if not line.strip():
            text.append("")
            continue
        if not line.startswith("    "):
            literal = False
        elif not literal and text[-1:] == [""] and not above.startswith(" "):
            literal = True
            text += [] if above.endswith("::") else ["::", ""]
        text.append(line if literal else _bars_escaped(line))
        above = line
    lines[:] = text


def _bars_escaped(line: str) -> str:
    parts = line.split("``")
    parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
    return "``".join(parts)


def _show_example(app: Sphinx, context: Any, lines: list[str]) -> None:
    """Set the examples at the end of a help text as code."""
    examples = [EXAMPLE.sub("", line) for line in lines if EXAMPLE.match(line)]
    if examples:
        lines[:] = ["", ".. code-block:: sh", "", *(f"   {line}" for line in examples), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("config-inited", _write)
    app.connect("autodoc-process-docstring", _set_formulas, priority=100)  # before numpydoc
    app.connect("sphinx-click-process-epilog", _show_example)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

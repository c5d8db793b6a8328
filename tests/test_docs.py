"""What is written can be typed: commands and code of the README and of every help text."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from spinglass_cli.main import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?spinglass(?: +|$)")


def parse(words: list[str]) -> None:
    """Resolve commands, options and arguments through click; run nothing."""
    command: click.Command = cli
    context: click.Context | None = None
    name: str | None = "spinglass"
    while True:
        try:
            context = command.make_context(name, words, parent=context)
        except click.exceptions.Exit:  # --help and --version end the parsing
            return
        if not isinstance(command, click.Group):
            return
        rest = [*getattr(context, "_protected_args", []), *context.args]
        name, child, words = command.resolve_command(context, rest)
        assert child is not None
        command = child


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language in languages:
            yield text


def command_lines(page: Path) -> Iterator[str]:
    """The commands of a page's code blocks, without prompt, comment, pipe or redirection."""
    for text in blocks(page, "", "sh", "bash", "shell", "console"):
        for line in text.replace("\\\n", " ").splitlines():
            if COMMAND.match(line):
                yield alone(COMMAND.sub("", line))


def alone(line: str) -> str:
    """A command without comment, pipe or redirection."""
    return re.split(r"\s(?:#|\||>|&&)", line)[0].strip()


def examples(command: click.Command = cli) -> Iterator[str]:
    text = command.epilog or ""
    assert "Example: spinglass " in text, command.name
    for line in text.splitlines():
        if "Example: spinglass " in line:
            yield alone(line.partition("Example: spinglass ")[2])
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from examples(child)


README_LINES = list(command_lines(ROOT / "README.md"))
ALL_LINES = sorted({*examples(), *(line for page in PAGES for line in command_lines(page))})


@pytest.mark.parametrize("line", ALL_LINES)
def test_a_written_command_parses(line: str) -> None:
    words = shlex.split(line)
    parse(words)
    for word in words:
        if word.endswith(".toml"):
            path = ROOT / word if "/" in word else ROOT / "configs" / word
            assert path.is_file(), f"{word} does not exist"


@pytest.mark.parametrize(
    "line",
    ["conquer", "sample --n 8", "sample --n 8 --out s.nc --colour red", "figure pie out", "show"],
)
def test_a_wrong_command_does_not(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(shlex.split(line))


def test_the_readme_shows_every_command() -> None:
    shown = {line.split()[0] for line in README_LINES}
    assert shown >= set(cli.commands)


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):(?!=)", makefile, re.MULTILINE))
    named = {
        target
        for text in blocks(ROOT / "README.md", "", "sh", "bash", "shell", "console")
        for target in re.findall(r"^(?:\$ )?make ([\w-]+)", text, re.MULTILINE)
    }
    assert {"run", "test"} <= named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [t.partition("#")[0] for t in targets if not re.match(r"https?:|mailto:|#", t)]
    missing = [target for target in local if not (page.parent / target).exists()]
    assert missing == []


def test_the_map_of_the_house_is_true() -> None:
    """Every module named in the README's table exists."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    assert len(rows) > 10
    for row in rows:
        folder = ROOT
        for name in re.findall(r"`([^`]+)`", row):
            path = ROOT / name if (ROOT / name).exists() else folder / name
            assert path.exists(), f"{name} does not exist"
            folder = path.parent


def test_python_of_the_readme_uses_names_that_exist() -> None:
    """Every block compiles, its imports work, and the attributes of this package exist."""
    texts = list(blocks(ROOT / "README.md", "python"))
    assert texts
    for text in texts:
        tree = ast.parse(text)
        names: dict[str, object] = {}
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), "README.md", "exec"), names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = names.get(node.value.id)
                assert owner is None or hasattr(owner, node.attr), ast.unparse(node)

"""What is written can be typed: commands and code of the README, the pages and every help text."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest
from click.testing import CliRunner

import spinglass
from spinglass.landscape.coupling_files import read_landscape
from spinglass_cli.main import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*|\{code-cell\} ipython3)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CELL = "{code-cell} ipython3"
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


def cells(page: Path, *, shell: bool) -> Iterator[str]:
    """The cells that are run when the pages are built: of commands, or of Python."""
    for text in blocks(page, CELL):
        code = re.sub(r"^:tags:.*\n", "", text)
        magic = code.partition("\n")[0] if code.startswith("%%") else ""
        if (magic == "%%shell") if shell else not magic:
            yield code.removeprefix("%%shell\n")


def command_lines(page: Path) -> Iterator[str]:
    """The commands of a page's code blocks, without prompt, comment, pipe or redirection."""
    for text in [*blocks(page, "", "sh", "bash", "shell", "console"), *cells(page, shell=True)]:
        for line in text.replace("\\\n", " ").splitlines():
            if COMMAND.match(line):
                yield alone(COMMAND.sub("", line))


def run_cells(page: Path) -> None:
    """Run the cells of a page in their order, in the working directory; each must succeed."""
    names: dict[str, object] = {}
    for text in blocks(page, CELL):
        if not text.startswith("%%shell\n"):
            exec(compile(text, page.name, "exec"), names)
            continue
        for line in text.splitlines()[1:]:
            assert COMMAND.match(line), line
            done = CliRunner().invoke(cli, shlex.split(COMMAND.sub("", line)))
            assert done.exit_code == 0, done.output


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


MADE = {
    name
    for page in PAGES
    for name in re.findall(r"(?:%%writefile|>) (\S+\.toml)", page.read_text(encoding="utf-8"))
}
"""Configurations that the pages make themselves."""


@pytest.mark.parametrize("line", ALL_LINES)
def test_a_written_command_parses(line: str) -> None:
    words = shlex.split(line)
    parse(words)
    for word in words:
        if word.endswith(".toml") and word not in MADE:
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


def test_make_targets_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):(?!=)", makefile, re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE))
    assert {"run", "test", "docs"} <= named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [t.partition("#")[0] for t in targets if not re.match(r"https?:|mailto:|#", t)]
    missing = [target for target in local if not (page.parent / target).exists()]
    assert missing == []


OTHERS_TIME = re.compile(
    r"\btakes? (?:seconds|minutes|hours)\b|\(\d+ min"
    r"|\b(?:about|in|takes?|under|some|up to|costs) \w+ (?:s|min|seconds?|minutes?|hours?)\b"
)


@pytest.mark.parametrize("words", ["in a minute", "up to 30 s", "take seconds", "(10 min)"])
def test_times_of_another_machine_are_found(words: str) -> None:
    assert OTHERS_TIME.search(words)


def test_no_help_and_no_configuration_names_the_time_of_another_machine() -> None:
    def texts(command: click.Command) -> Iterator[str]:
        yield " ".join(command.get_help(click.Context(command)).split())
        for child in getattr(command, "commands", {}).values():
            yield from texts(child)

    configs = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "configs").iterdir())]
    for text in [*texts(cli), *configs]:
        assert OTHERS_TIME.findall(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_preprint_is_a_link_to_itself(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = re.findall(r"arXiv:([a-z-]+/\d{7}|\d{4}\.\d{4,5})", text)
    linked = re.findall(r"arXiv:([^\]\s]+)\]\(https://arxiv\.org/abs/([^)\s]+)\)", text)
    assert [name for name, _ in linked] == names
    assert all(name == address for name, address in linked)


@pytest.mark.parametrize("page", ["README.md", "docs/index.md", "CITATION.cff"])
def test_what_to_cite_is_the_paper_and_this_version(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "arXiv:1511.06485" in text
    assert f"version {spinglass.__version__}" in text or f"version: {spinglass.__version__}" in text


def test_the_map_of_the_house_is_true() -> None:
    """Every module named in the table exists."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    assert len(rows) > 10
    for row in rows:
        folder = ROOT
        for name in re.findall(r"`([^`]+)`", row):
            path = ROOT / name if (ROOT / name).exists() else folder / name
            assert path.exists(), f"{name} does not exist"
            folder = path.parent


PYTHON = {page: [*blocks(page, "python"), *cells(page, shell=False)] for page in PAGES}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if PYTHON[page]], ids=lambda page: str(page.relative_to(ROOT))
)
def test_python_of_a_page_uses_names_that_exist(page: Path) -> None:
    """Every block compiles, its imports of this package work, and the names it takes exist."""
    names: dict[str, object] = {}
    for text in PYTHON[page]:
        tree = ast.parse(text)
        ours = [node for node in tree.body if is_ours(node)]
        if any("deep" in ast.unparse(node) for node in ours):
            pytest.importorskip("torch")
        exec(compile(ast.Module(ours, []), page.name, "exec"), names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert exists(node, names), ast.unparse(node)


def is_ours(node: ast.stmt) -> bool:
    """Whether a statement imports this package or a part of it."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] == "spinglass"
    return isinstance(node, ast.Import) and all(a.name.startswith("spinglass") for a in node.names)


def exists(node: ast.Attribute, names: dict[str, object]) -> bool:
    """Whether a chain of names from this package leads somewhere, as far as modules and classes."""
    chain, root = [node.attr], node.value
    while isinstance(root, ast.Attribute):
        chain, root = [root.attr, *chain], root.value
    owner = names.get(root.id) if isinstance(root, ast.Name) else None
    for name in chain:
        if not isinstance(owner, ModuleType | type):
            return True
        if not hasattr(owner, name):
            return False
        owner = getattr(owner, name)
    return True


@pytest.mark.slow
def test_the_page_on_tensors_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with np.printoptions():
        run_cells(ROOT / "docs" / "explanation" / "tensors.md")
    out = capsys.readouterr().out
    eigenvalues = "[ 0.873   0.4306  0.2294  0.018   0.0033  0.0018  0.0006 -0.0006 -0.0018"
    assert eigenvalues in out
    assert "negative stable: [ 0.873   0.4306  0.018  -0.0006]" in out
    rows = np.loadtxt("eigenpairs.csv", delimiter=",", skiprows=1)
    tensors = [read_landscape(Path(f"tensor{end}")).couplings for end in (".npy", ".npz", ".nc")]
    assert all(np.array_equal(tensors[0], other) for other in tensors)
    assert read_landscape(Path("packed.npz")).couplings == pytest.approx(tensors[0], rel=1e-15)
    assert rows.shape == (14, 5)


@pytest.mark.parametrize("cell", ["1 / 0", "%%shell\nspinglass points --couplings none.npy"])
def test_a_cell_that_fails_is_found(
    cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"```{{code-cell}} ipython3\n{cell}\n```\n")
    with pytest.raises((ZeroDivisionError, AssertionError)):
        run_cells(page)


@pytest.mark.parametrize("words", ["spinglass.descends", "spinglass.search.Status.MAXIMUM"])
def test_a_name_that_does_not_exist_is_found(words: str) -> None:
    node = ast.parse(words, mode="eval").body
    assert isinstance(node, ast.Attribute)
    assert not exists(node, {"spinglass": spinglass})


def test_the_gallery_shows_every_figure() -> None:
    pages = (ROOT / "docs" / "gallery").glob("*.md")
    drawn = {tuple(line.split()[:2]) for page in pages for line in command_lines(page)}
    figure = cli.commands["figure"]
    assert isinstance(figure, click.Group)
    assert drawn >= {("figure", name) for name in figure.commands}
    assert any(first == "network" for first, *_ in drawn)

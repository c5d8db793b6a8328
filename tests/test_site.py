"""The site: built without a warning, all names and commands on it, answers two clicks away."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from spinglass_cli.main import cli
from tests.test_docs import ROOT

DOCS = ROOT / "docs"

ANSWERS = [  # what a newcomer asks, the pages from the front page on, and words of the answer
    (
        "How do I know that all minima were found?",
        ["tutorials/minima.md"],
        "descends until this estimate is small",
    ),
    (
        "What do sign, normalisation and radius mean?",
        ["explanation/index.md", "explanation/theory.md"],
        "Sphere of radius sqrt(n); energies per spin",
    ),
    (
        "My cluster job was killed: what is lost?",
        ["howto/clusters.md", "howto/sweeps.md"],
        "what is finished stays; run the same command again",
    ),
    (
        "How long will it take on my machine?",
        ["howto/time.md"],
        "--dry-run",
    ),
    (
        "Should I use AnnealSGD for my network?",
        ["explanation/annealsgd.md"],
        "First try a better initialisation",
    ),
    (
        "What is in a file, and what opens it?",
        ["reference/files.md"],
        "any xarray, netCDF4 or HDF5 library opens it",
    ),
]


@pytest.mark.parametrize(("question", "path", "words"), ANSWERS)
def test_a_question_is_answered_within_two_clicks(
    question: str, path: list[str], words: str
) -> None:
    assert len(path) <= 2, question
    here = DOCS / "index.md"
    for step in path:
        text = here.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", text)
        assert DOCS / step in {(here.parent / link).resolve() for link in links}, (question, step)
        here = DOCS / step
    assert words in " ".join(here.read_text(encoding="utf-8").split()), question


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("sphinx", "numpydoc", "myst_nb", "pydata_sphinx_theme", "sphinx_click", "torch"):
        pytest.importorskip(name)
    folder = tmp_path_factory.mktemp("site")
    words = ["-W", "--keep-going", "-q", "-b", "html", "-D", "nb_execution_mode=off"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words, str(DOCS), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.slow
def test_every_public_name_is_explained(site: Path) -> None:
    doors = [path.parent.relative_to(ROOT) for path in (ROOT / "spinglass").glob("*/__init__.pyi")]
    assert len(doors) >= 5
    for door in [*doors, "spinglass/theory", "spinglass/deep", "spinglass/validation"]:
        name = str(door).replace("/", ".")
        page = (site / "reference" / "generated" / f"{name}.html").read_text(encoding="utf-8")
        anchors = set(re.findall(r'id="([\w.]+)"', page))
        assert {f"{name}.{member}" for member in import_module(name).__all__} <= anchors
    top = (site / "reference" / "generated" / "spinglass.html").read_text(encoding="utf-8")
    for member in set(import_module("spinglass").__all__) - {"__version__"}:
        assert f"spinglass.{member}" in top


@pytest.mark.slow
def test_every_command_and_option_is_in_the_reference(site: Path) -> None:
    pages = (site / "reference" / "generated").glob("commands-*.html")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    plain = re.sub(r"<[^>]+>", "", text)

    def check(command: click.Command, path: str) -> None:
        anchor = path.replace(" ", "-")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and command is not cli:
                assert f'id="cmdoption-{anchor}-{parameter.opts[-1].lstrip("-")}"' in text, path
        if isinstance(command, click.Group):
            for child in command.commands.values():
                check(child, f"{path} {child.name}")
        else:
            assert f"{path} [OPTIONS]" in plain

    check(cli, "spinglass")


def test_a_link_that_leads_nowhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))
    broken_links = import_module("link_check").broken_links
    (tmp_path / "b.html").write_text('<p id="here">')
    good = ["b.html", "b.html#here", "#own", "https://arxiv.org/abs/1511.06485", "mark.png"]
    bad = ["c.html", "b.html#there", "#none", "http://arxiv.org/", "https://host", "ftp://a.b/c"]
    links = "".join(f'<a href="{link}">' for link in good + bad)
    (tmp_path / "mark.png").write_bytes(b"")
    (tmp_path / "a.html").write_text(f'<h1 id="own">{links}<img src="gone.png">')
    found = [line.split(": ")[1] for line in broken_links(tmp_path)]
    assert found == [*bad, "gone.png"]

"""The wheel holds every module and every configuration."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("spinglass", "cli", "configs")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy of the tree, with what is installed here."""
    tree = tmp_path_factory.mktemp("tree")
    for name in PARTS:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=unwanted)
    for path in (*ROOT.glob("setup.*"), *map(ROOT.joinpath, ("pyproject.toml", "README.md"))):
        shutil.copy(path, tree)
    shutil.copy(ROOT / "LICENSE", tree)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."]
    subprocess.run(build, cwd=tree, check=True, capture_output=True)
    (path,) = (tree / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_every_module_and_configuration_is_in_the_wheel(wheel: set[str]) -> None:
    homes = {"spinglass": ROOT / "spinglass", "spinglass_cli": ROOT / "cli"}
    names = {
        f"{name}/{path.relative_to(home)}"
        for name, home in homes.items()
        for path in home.rglob("*.py")
    }
    names |= {f"spinglass_cli/configs/{path.name}" for path in (ROOT / "configs").glob("*.toml")}
    names |= {
        f"spinglass/{path.relative_to(ROOT / 'spinglass')}"
        for ending in ("html", "css", "js")
        for path in (ROOT / "spinglass").rglob(f"*.{ending}")
    }
    assert "spinglass/report/page.js" in names
    assert len(names) > 150
    assert names <= wheel


def test_nothing_else_is_in_the_wheel(wheel: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    (metadata,) = (top for top in tops if top.endswith(".dist-info"))
    assert tops == {"spinglass", "spinglass_cli", metadata}

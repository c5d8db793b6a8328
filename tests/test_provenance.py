"""Which commit a result says it was made by."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spinglass
from spinglass.files.provenance import PACKAGE, git_commit

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    found = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one commit, which tracks a package of its own."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    package(tmp_path / "project" / "mine")
    folder = tmp_path / "project"
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", "first")
    return folder


def package(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    return folder


@pytest.mark.parametrize("ignored", [True, False])
def test_a_package_installed_inside_a_checkout_has_no_commit(project, ignored):
    (project / ".gitignore").write_text(".venv/\n" if ignored else "")
    installed = package(project / ".venv" / "lib" / "site-packages" / "spinglass")
    assert git_commit(installed) == ""


def test_a_package_that_is_tracked_has_its_commit(project):
    commit = git(project, "rev-parse", "HEAD")
    mine = project / "mine"
    assert git_commit(mine) == commit
    (mine / "new.py").write_text("")
    assert git_commit(mine) == f"{commit}-dirty"
    (mine / "__init__.py").write_text("changed = True\n")
    assert git_commit(mine) == f"{commit}-dirty"


def test_the_package_is_the_whole_of_spinglass():
    assert Path(spinglass.__file__).parent.samefile(PACKAGE)


def test_without_a_repository_there_is_no_commit(tmp_path):
    assert git_commit(package(tmp_path / "alone")) == ""


def test_a_repository_named_by_the_environment_is_not_meant(project, tmp_path, monkeypatch):
    alone = package(tmp_path / "alone")
    monkeypatch.setenv("GIT_DIR", str(project / ".git"))
    assert git_commit(alone) == ""


def test_this_package_in_the_environment_of_a_project_has_no_commit_of_it(project):
    installed = project / ".venv" / "lib"
    shutil.copytree(Path(spinglass.__file__).parent, installed / "spinglass")
    code = "from spinglass.files.provenance import git_commit; print(repr(git_commit()))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "''\n"

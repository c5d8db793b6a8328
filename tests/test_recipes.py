"""The recipes of the documentation: the configuration plans, the scripts call what exists."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from spinglass.files.toml import check_tables
from spinglass.sweep import SweepConfig, plan_jobs
from tests.test_docs import ROOT, blocks, parse

PAGES = ROOT / "docs" / "howto"
SWEEPS, CLUSTERS = PAGES / "sweeps.md", PAGES / "clusters.md"


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `spinglass` was called with, a word a line, and where its kernels would be cached."""
    told = tmp_path / "told"
    stand_in = tmp_path / "bin" / "spinglass"
    stand_in.parent.mkdir()
    stand_in.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\necho "$NUMBA_CACHE_DIR" > {told}.cache\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    return told


def words_of(told: Path) -> list[str]:
    words = told.read_text().splitlines()
    parse(words)
    assert told.with_suffix(".cache").read_text().startswith("/tmp/numba")
    return words


def test_the_configuration_plans() -> None:
    (text,) = blocks(SWEEPS, "toml")
    config = check_tables(tomllib.loads(text), SweepConfig, "sweeps.md")
    jobs = plan_jobs(config)
    assert len(jobs) == 2 * 2 * 20 * 16
    assert {job.starts for job in jobs} == {1000, 20000}


def test_the_slurm_script_calls_one_shard(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = blocks(CLUSTERS, "bash")
    assert "#SBATCH --array=1-20" in script
    monkeypatch.delenv("TMPDIR", raising=False)
    for name, value in {
        "SLURM_JOB_ID": "7",
        "SLURM_ARRAY_TASK_ID": "20",
        "SLURM_CPUS_PER_TASK": "4",
        "SCRATCH": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    subprocess.run(["bash", "-eu", "-c", script], check=True)
    words = words_of(called)
    assert words[words.index("--shard") + 1] == "20/20"
    assert words[words.index("--threads") + 1] == "4"
    assert (ROOT / words[1]).is_file()


def test_the_kubernetes_job_calls_one_shard(called: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = pytest.importorskip("yaml")
    (text,) = blocks(CLUSTERS, "yaml")
    spec = yaml.safe_load(text)["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    for variable in container["env"]:
        monkeypatch.setenv(variable["name"], variable["value"])
    monkeypatch.setenv("JOB_COMPLETION_INDEX", str(spec["completions"] - 1))
    subprocess.run([*container["command"], *container["args"]], check=True)
    words = words_of(called)
    assert words[words.index("--shard") + 1] == f"{spec['completions']}/{spec['completions']}"
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts.keys() == {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    assert words[words.index("--out") + 1].startswith(mounts["data"])


def test_the_kubernetes_job_obeys_the_schema() -> None:
    """Offline, against the published schemas; `make kubernetes` installs what this needs."""
    yaml = pytest.importorskip("yaml")
    schemas = pytest.importorskip("kubernetes_validate")
    (text,) = blocks(CLUSTERS, "yaml")
    job = yaml.safe_load(text)
    for version in ("1.25", schemas.latest_version()):
        schemas.validate(job, version, strict=True)
    job["spec"]["completion"] = job["spec"].pop("completions")
    with pytest.raises(schemas.ValidationError, match="completion"):
        schemas.validate(job, schemas.latest_version(), strict=True)


def test_the_dask_recipe_is_python() -> None:
    (text,) = blocks(CLUSTERS, "python")
    compile(text, str(CLUSTERS), "exec")
    assert re.search(r"NUMBA_CACHE_DIR", text)
    assert "scheduler_address" in text

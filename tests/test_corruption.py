"""Twenty ways to spoil a result file: each is found, none is read, running again repairs it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spinglass import open_result
from spinglass.control import Control
from spinglass.errors import DamagedFileError, InputError, SpinglassError
from spinglass.files.store import write_dataset
from spinglass.sweep import Options, job_state, plan_jobs, run_sweep, verify_job
from spinglass.sweep.dataset import open_sweep
from spinglass_cli.main import cli, main
from tests.marks import slow
from tests.sweeps import small_sweep

CONFIG = small_sweep()
JOBS = plan_jobs(CONFIG)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run_sweep(CONFIG, folder, control=Control(1))
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    for path in finished.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def cut(share: float) -> Callable[[Path], None]:
    return lambda path: (
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)]) and None
    )


def cut_bytes(count: int) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes()[:-count]) and None


def flip(share: float) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int(share * (len(content) - 1))] ^= 1
        path.write_bytes(content)

    return spoil


def rewrite(change: Callable[[xr.Dataset], xr.Dataset]) -> Callable[[Path], None]:
    return lambda path: write_dataset(change(open_result(path)), path)


def unsealed(path: Path) -> None:
    data = open_result(path)
    path.unlink()
    data.to_netcdf(path, engine="h5netcdf")


def grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def of_another_job(path: Path) -> None:
    path.write_bytes((path.parent / JOBS[0].file_name).read_bytes())


CORRUPTIONS: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: path.write_bytes(b"") and None,
    "one byte": lambda path: path.write_bytes(b"\x89") and None,
    "cut at a half": cut(0.5),
    "cut at nine tenths": cut(0.9),
    "last byte cut": cut_bytes(1),
    "seal cut": cut_bytes(88),
    "seal and a byte cut": cut_bytes(89),
    "bit in the signature": flip(0.0),
    "bit in the head": flip(0.02),
    "bit at a quarter": flip(0.25),
    "bit at a half": flip(0.5),
    "bit at three quarters": flip(0.75),
    "bit near the end": flip(0.97),
    "bit in the seal": flip(1.0),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)) and None,
    "text": lambda path: path.write_text("energy, index\n" * 500) and None,
    "grown": grown,
    "not sealed": unsealed,
    "another job": of_another_job,
    "another schema": rewrite(lambda data: data.assign_attrs(schema="something else", job="")),
}


COMMON = ("cut at a half", "bit at a half", "not sealed", "another job", "another schema")
"""One of each way to be damaged: to repair a folder, or ask all commands about it, takes long."""
SOME = [name if name in COMMON else slow(name) for name in CORRUPTIONS]
BITS = ("bit in the head", "bit at a quarter", "bit at a half", "bit at three quarters")
BITS = (*BITS, "bit near the end")


def test_there_are_twenty() -> None:
    assert len(CORRUPTIONS) == 20
    assert set(COMMON) < set(CORRUPTIONS)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_found(name: str, folder: Path) -> None:
    job = JOBS[1]
    path = folder / job.file_name
    CORRUPTIONS[name](path)
    assert job_state(job, folder) == "damaged"
    assert verify_job(job, folder).state == "damaged"
    if name != "another job":  # a whole result, of which only the folder knows that it is misplaced
        with pytest.raises(DamagedFileError):
            open_result(path)


@pytest.mark.parametrize("name", SOME)
def test_a_corruption_is_repaired(name: str, finished: Path, folder: Path) -> None:
    path = folder / JOBS[1].file_name
    CORRUPTIONS[name](path)
    progress = run_sweep(CONFIG, folder, control=Control(1))
    assert (len(progress.done), progress.already) == (1, 3)
    assert open_result(path).identical(open_result(finished / path.name))


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_no_corruption_passes_or_crashes_a_command(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / JOBS[1].file_name
    CORRUPTIONS[name](path)

    def command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(end.value.code or 0), said.out, said.err

    if name not in BITS:  # a look does not see them, and is not meant to
        _, states, _ = command("status", str(folder), "--json")
        assert json.loads(states)["jobs"][path.name] == "damaged"
    code, verdicts, error = command("verify", str(folder), "--json")
    assert {job["name"]: job["state"] for job in json.loads(verdicts)["jobs"]} == {
        job.file_name: "damaged" if job == JOBS[1] else "done" for job in JOBS
    }
    assert code == 1
    assert path.name in error
    command("export", str(folder), str(folder / "rows.csv"))
    rows = (folder / "rows.csv").read_text().splitlines()[1:]
    assert len(rows) == len(JOBS) - 1
    assert np.isnan(open_sweep(folder)["distinct"].values).sum() == 1
    code, _, error = command("figure", "trivialization", str(folder))
    assert code == 2
    assert path.name in error
    if name != "another job":  # shown as what it is
        code, _, error = command("show", str(folder))
        assert code == 2
        assert path.name in error


@pytest.mark.parametrize("offset", range(0, 100, 7))
def test_any_bit_breaks_the_seal(offset: int, folder: Path) -> None:
    path = folder / JOBS[2].file_name
    flip(offset / 100)(path)
    assert job_state(JOBS[2], folder) == "damaged"


def test_a_whole_file_passes(folder: Path) -> None:
    assert [job_state(job, folder) for job in JOBS] == ["done"] * 4
    verdicts = [verify_job(job, folder, share=1.0) for job in JOBS]
    assert {verdict.state for verdict in verdicts} == {"done"}
    assert all(verdict.checked >= 1 for verdict in verdicts)
    assert max(verdict.energy_error for verdict in verdicts) < 1e-12


def test_a_missing_result_is_not_what_was_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / JOBS[2].file_name).unlink()
    with pytest.raises(SystemExit) as end:
        main(["verify", str(folder)])
    said = capsys.readouterr()
    assert end.value.code == 3
    assert f"missing  {JOBS[2].file_name}" in said.out
    assert "3 of 4 results are right" in said.out
    assert said.out.splitlines()[-1].endswith(", 1 missing")


def test_another_version_is_foreign_and_kept(folder: Path) -> None:
    path = folder / JOBS[3].file_name
    data = open_result(path)
    versions = json.loads(data.attrs["versions"]) | {"spinglass": "0.0.1"}
    write_dataset(data.assign_attrs(versions=json.dumps(versions)), path)
    before = path.read_bytes()
    assert job_state(JOBS[3], folder) == "foreign"
    progress = run_sweep(CONFIG, folder, control=Control(1))
    assert (progress.done, progress.already, progress.foreign) == ([], 3, 1)
    assert path.read_bytes() == before
    again = run_sweep(CONFIG, folder, Options(redo_foreign=True), control=Control(1))
    assert (len(again.done), again.already, again.foreign) == (1, 3, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.assign(minimum_energy=data["minimum_energy"] + 1e-8),
        lambda data: data.assign(minimum_spins=-data["minimum_spins"]),
        lambda data: data.assign_attrs(couplings_sha256="0" * 64),
        lambda data: data.assign(minimum_spins=data["minimum_spins"] + np.float64(1e-7)),
    ],
    ids=["energy", "antipode", "couplings", "place"],
)
def test_sealed_but_wrong_numbers_are_found(
    change: Callable[[xr.Dataset], xr.Dataset], folder: Path
) -> None:
    """A seal only says that nothing has changed since; the landscape says what is true."""
    rewrite(change)(folder / JOBS[1].file_name)
    assert job_state(JOBS[1], folder) == "done"
    assert verify_job(JOBS[1], folder, share=1.0).state == "wrong"


def test_which_minima_are_checked_is_a_seed_of_its_own(folder: Path) -> None:
    with pytest.raises(InputError, match="choice_seed must be an integer >= 0, got -1"):
        verify_job(JOBS[0], folder, choice_seed=-1)


def test_verify_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["verify", str(folder), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["counts"] == {"done": 4}
    CORRUPTIONS["bit at a half"](folder / JOBS[1].file_name)
    with pytest.raises(SpinglassError, match=JOBS[1].file_name):
        cli.main(["verify", str(folder)], standalone_mode=False)

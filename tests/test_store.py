"""Files are written whole or not at all, and read whole or refused."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import h5netcdf
import h5py
import numpy as np
import pytest
import xarray as xr
from xarray.backends import H5NetCDFStore

import spinglass.files.seal
from spinglass import descend, open_result
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.store import (
    check_readers,
    read_attributes,
    read_dataset,
    write_dataset,
    write_text,
)
from spinglass.files.targets import check_file, check_writable
from spinglass.landscape.drawn import PSpin
from spinglass.search.minima import distinct_minima
from spinglass.search.results import descent_dataset
from spinglass_cli.main import main
from tests.marks import slow


@pytest.fixture(scope="module")
def result() -> xr.Dataset:
    model = PSpin(10, 3, 0.5, seed=4)
    descent = descend(model, 40, start_seed=1)
    parameters = {"starts": 40, "regime": "", "tol": 1e-10, "grid": [1, 2]}
    return descent_dataset(model, descent, distinct_minima(descent), parameters)


@pytest.fixture
def written(result: xr.Dataset, tmp_path: Path) -> Path:
    path = tmp_path / "result.nc"
    write_dataset(result, path)
    return path


def values_offset(path: Path, name: str) -> int:
    """Where in the file the first value of a variable is."""
    with h5py.File(path) as file:
        place = file[name].id
        if place.get_create_plist().get_layout() == h5py.h5d.CHUNKED:
            return place.get_chunk_info(0).byte_offset
        return place.get_offset()


def flip(path: Path, offset: int, count: int = 8) -> None:
    content = bytearray(path.read_bytes())
    content[offset : offset + count] = bytes(byte ^ 0xFF for byte in content[offset:][:count])
    path.write_bytes(content)


def test_round_trip_is_exact(result: xr.Dataset, written: Path) -> None:
    back = open_result(written)
    assert back.identical(result)
    for name, variable in result.variables.items():
        assert back[name].dtype == variable.dtype
        assert back[name].values.tobytes() == variable.values.tobytes()


def test_plain_xarray_opens_it(result: xr.Dataset, written: Path) -> None:
    with xr.open_dataset(written, engine="h5netcdf") as data:
        assert dict(data.sizes) == {
            "start": 40,
            "site": 10,
            "minimum": result.sizes["minimum"],
        }
        assert data["minimum"].dims == ("start",)
        assert float(data["energy"].min()) == float(result["energy"].min())
        assert data.attrs["n"] == 10


def test_compressed_integers_come_back(tmp_path: Path) -> None:
    counts = np.arange(5000, dtype=np.int32) // 7
    data = xr.Dataset({"counts": ("start", counts), "flags": ("start", counts % 2 == 0)})
    write_dataset(data, tmp_path / "many.nc")
    assert read_dataset(tmp_path / "many.nc").identical(data)
    assert (tmp_path / "many.nc").stat().st_size < counts.nbytes


def test_an_empty_set_of_minima_can_be_stored(tmp_path: Path) -> None:
    model = PSpin(6, 3)
    descent = descend(model, 5, max_gradients=1)
    data = descent_dataset(model, descent, distinct_minima(descent), {})
    assert data.sizes["minimum"] == 0
    write_dataset(data, tmp_path / "none.nc")
    assert open_result(tmp_path / "none.nc").identical(data)


def test_every_variable_has_units_and_a_name(written: Path) -> None:
    data = open_result(written)
    assert {"spins", "status", "minimum", "minimum_spins", "minimum_count"} <= set(data.variables)
    for name, variable in data.variables.items():
        assert variable.attrs.get("units"), name
        assert len(variable.attrs.get("long_name", "")) > 5, name
    assert data["status"].attrs["flag_meanings"].split()[0] == "minimum"


def test_attributes_hold_the_history(written: Path) -> None:
    attributes = open_result(written).attrs
    model = PSpin(10, 3, 0.5, seed=4)
    assert attributes["couplings_sha256"] == model.checksum()
    assert (attributes["n"], attributes["p"], attributes["nu"], attributes["seed"]) == (
        10,
        3,
        0.5,
        4,
    )
    for package in ("spinglass", "numpy", "numba", "scipy", "xarray", "python"):
        assert f'"{package}": "' in attributes["versions"]


def _unwritable_attribute(data: xr.Dataset, path: Path) -> None:
    write_dataset(data.assign_attrs(seed=2**70), path)


def _unwritable_text(data: xr.Dataset, path: Path) -> None:
    write_text("half of it \ud800 and the rest", path)


@pytest.mark.parametrize("fail", [_unwritable_attribute, _unwritable_text])
def test_a_failing_write_leaves_the_old_file(
    fail: Callable[[xr.Dataset, Path], None], result: xr.Dataset, written: Path
) -> None:
    before = written.read_bytes()
    with pytest.raises((TypeError, UnicodeEncodeError, OverflowError, ValueError)):
        fail(result, written)
    assert written.read_bytes() == before
    assert os.listdir(written.parent) == [written.name]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, MemoryError])
def test_an_interruption_in_the_middle_leaves_the_old_file(
    error: type[BaseException],
    result: xr.Dataset,
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = written.read_bytes()
    seen = []

    def half(self: xr.Dataset, store: H5NetCDFStore, **_: object) -> None:
        self["energy"].to_dataset().drop_attrs().isel(start=[0]).pipe(dump, store)
        seen.extend(sorted(os.listdir(written.parent)))
        raise error

    dump = xr.Dataset.dump_to_store
    monkeypatch.setattr(xr.Dataset, "dump_to_store", half)
    with pytest.raises(error):
        write_dataset(result, written)
    assert len(seen) == 2  # the old file was there all the while
    assert written.read_bytes() == before
    assert os.listdir(written.parent) == [written.name]


def test_a_new_file_that_fails_leaves_nothing(result: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises((TypeError, OverflowError)):
        write_dataset(result.assign_attrs(seed=2**70), tmp_path / "new.nc")
    assert os.listdir(tmp_path) == []


def test_a_file_has_the_usual_permissions(written: Path) -> None:
    plain = written.with_name("plain")
    plain.touch()
    assert stat.S_IMODE(written.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(written: Path, share: float) -> None:
    content = written.read_bytes()
    written.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DamagedFileError, match=r"result\.nc"):
        open_result(written)


def test_a_flipped_signature_is_refused(written: Path) -> None:
    flip(written, 0)
    with pytest.raises(DamagedFileError, match=r"result\.nc"):
        open_result(written)


@pytest.mark.parametrize("name", ["spins", "energy", "status", "minimum_energy"])
def test_flipped_values_are_refused(written: Path, name: str) -> None:
    flip(written, values_offset(written, name), 1)
    with pytest.raises(DamagedFileError, match=r"result\.nc"):
        open_result(written)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_flipped_bytes_anywhere_never_escape(written: Path) -> None:
    content = written.read_bytes()
    refused = 0
    for offset in range(0, len(content), len(content) // 40):
        written.write_bytes(content)
        flip(written, offset)
        try:
            open_result(written)
        except DamagedFileError:
            refused += 1
    assert refused > 0


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.nc"
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(DamagedFileError, match=r"foreign\.nc"):
        open_result(path)
    path.write_text("not a data file at all\n" * 100)
    with pytest.raises(DamagedFileError, match=r"foreign\.nc"):
        open_result(path)
    energies = xr.Dataset({"energy": ("start", np.ones(3))})
    energies.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DamagedFileError, match="does not end in its checksum"):
        open_result(path)
    write_dataset(energies, path)
    with pytest.raises(DamagedFileError, match="is not a file of spinglass"):
        open_result(path)


def test_a_result_that_lacks_variables_is_refused(result: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(result.drop_vars(["energy", "status"]), tmp_path / "less.nc")
    with pytest.raises(DamagedFileError, match="energy, status"):
        open_result(tmp_path / "less.nc")


def test_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file.*absent\.nc"):
        open_result(tmp_path / "absent.nc")
    with pytest.raises(InputError, match="must be a regular file, got a folder"):
        open_result(tmp_path)


def test_an_unwritable_folder_is_named(result: xr.Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "sub"
    with pytest.raises(InputError, match=r"cannot write to .*file"):
        write_dataset(result, folder / "result.nc")
    with pytest.raises(InputError, match=r"cannot write to .*file"):
        write_text("words", folder / "words.txt")
    with pytest.raises(InputError, match=r"cannot write to .*file"):
        check_writable(folder)
    with pytest.raises(InputError, match=r"cannot write to .*file"):
        check_file(folder / "result.nc")
    with pytest.raises(InputError, match="got a folder"):
        check_file(tmp_path)
    check_file(tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "in the way"


def test_missing_folders_are_made_on_writing(result: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "result.nc"
    check_writable(path.parent)
    write_dataset(result, path)
    assert open_result(path).identical(result)
    assert os.listdir(path.parent) == ["result.nc"]


def test_writing_never_changes_the_mask_of_the_process(
    result: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.delattr(os, "umask")
            write_dataset(result, tmp_path / "result.nc")
            write_text("words", tmp_path / "words.txt")
    finally:
        os.umask(before)
    for name in ("result.nc", "words.txt"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640


def test_room_is_tried_where_the_system_cannot_allocate(
    result: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    write_dataset(result, tmp_path / "result.nc")
    assert open_result(tmp_path / "result.nc").identical(result)


def test_import_sets_no_environment_variable() -> None:
    program = (
        "import os; b = dict(os.environ); import spinglass.files.store; print(b == os.environ)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "HDF5_USE_FILE_LOCKING"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout == "True\n"


def test_files_are_read_and_written_without_a_lock(
    result: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locking, opened = [], h5py.File.__init__

    def recording(self: h5py.File, *given: object, **named: object) -> None:
        if isinstance(given[0], str | os.PathLike):  # not a handle of what is open
            locking.append(named.get("locking"))
        opened(self, *given, **named)

    monkeypatch.setattr(h5py.File, "__init__", recording)
    write_dataset(result, tmp_path / "result.nc")
    assert locking == [False]
    read_dataset(tmp_path / "result.nc")
    read_attributes(tmp_path / "result.nc")
    assert locking == [False]  # who reads bytes needs no lock


@pytest.mark.parametrize("locking", [True, slow(False), slow("best-effort")])
def test_a_file_that_another_opener_holds_is_read(written: Path, locking: bool | str) -> None:
    alone = read_dataset(written)
    with h5py.File(written, "r", locking=locking):
        assert read_dataset(written).identical(alone)
        assert read_attributes(written)["n"] == 10
    with xr.open_dataset(written, engine="h5netcdf") as held:
        assert open_result(written).identical(alone)
        np.testing.assert_array_equal(held["energy"], alone["energy"])


def test_a_file_is_read_once_for_its_checksum(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    digest = spinglass.files.seal._digest
    monkeypatch.setattr(
        spinglass.files.seal, "_digest", lambda *of: digests.append(of) or digest(*of)
    )
    open_result(written)
    assert len(digests) == 1
    read_attributes(written)
    assert len(digests) == 2
    assert read_attributes(written, whole=False)["n"] == 10
    assert len(digests) == 2


def test_a_quick_look_sees_what_is_cut_short(written: Path) -> None:
    content = written.read_bytes()
    for wrong in (content[:-1], content[:2000] + content[-88:], b""):
        written.write_bytes(wrong)
        with pytest.raises(DamagedFileError, match=r"result\.nc"):
            read_attributes(written, whole=False)


def test_the_bytes_do_not_depend_on_when_python_lets_go_of_what_is_written(
    result: xr.Dataset, written: Path, tmp_path: Path
) -> None:
    """A profiler keeps frames, and with them the arrays in their variables, for a while."""
    kept: list[FrameType] = []
    path = tmp_path / "profiled.nc"
    sys.setprofile(lambda frame, event, argument: kept.append(frame))
    try:
        write_dataset(result, path)
    finally:
        sys.setprofile(None)
    assert len(kept) > 1000
    assert path.read_bytes() == written.read_bytes()


@pytest.mark.parametrize("way", ["missing", "too old"])
def test_a_package_at_fault_is_not_told_as_damage(
    way: str, written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = written.with_name("own.nc")
    xr.Dataset({"j": (("a", "b", "c"), np.ones((3, 3, 3)))}).to_netcdf(own, engine="h5netcdf")
    if way == "missing":
        monkeypatch.setitem(sys.modules, "h5netcdf", None)
    else:
        usual = h5netcdf.File
        monkeypatch.setattr(h5netcdf, "File", lambda path, mode="r": usual(path, mode))
    for words in (["show", str(written)], ["points", "--couplings", str(own)]):
        with pytest.raises(SystemExit) as end:
            main(words)
        said = capsys.readouterr().err
        assert end.value.code == 1, said
        assert said.startswith("Error: the package h5netcdf is missing or broken")


def test_packages_that_can_read_say_nothing() -> None:
    check_readers()

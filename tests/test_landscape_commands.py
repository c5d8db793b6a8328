"""Hidden points and couplings of one's own in commands, files, sweeps and tables."""

import csv
import json
import re
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from spinglass import PSpin, open_result, spiked
from spinglass.errors import DamagedFileError, InputError, MemoryLimitError
from spinglass.landscape import Landscape, coupling_files, draw_landscape, overlap
from spinglass.landscape.coupling_files import in_field_of, read_landscape
from spinglass.landscape.redraw import redraw
from spinglass.signals import Planted, Spike
from spinglass.sweep import open_sweep
from spinglass.sweep.manifest import read_jobs
from spinglass_cli.main import cli
from tests.marks import slow

N = 6
SIGNALS = {
    "--planted 0.85": Planted(0.85),
    "--planted 0.85 --unpinned": Planted(0.85, False),
    "--spike 3:1.3": Spike(3, 1.3),
    "--spike 1:0.5": Spike(1, 0.5),
    "--spike 2:2": Spike(2, 2.0),
}
RNG = np.random.default_rng(7)
DENSE, FIELD = RNG.standard_normal((N, N, N)), RNG.standard_normal(N)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder; return what it printed and, where it fails, why."""
    monkeypatch.chdir(tmp_path)

    def call(words, fails=""):
        found = CliRunner().invoke(cli, words.split())
        if fails:
            assert isinstance(found.exception, InputError | DamagedFileError), found.output
            assert "\n" not in str(found.exception)
            assert fails in str(found.exception)
        else:
            assert found.exception is None, found.exception
        return found.output

    return call


@pytest.mark.slow
@pytest.mark.parametrize("words", SIGNALS)
def test_descents_know_the_overlap_and_their_file_makes_the_landscape_again(run, words):
    text = run(f"sample --n {N} --p 4 --nu 0.3 --seed 5 {words} --starts 30 --out a.nc")
    signal = SIGNALS[words]
    assert signal.label in text
    assert "mean overlap" in text
    data = open_result("a.nc")
    model = draw_landscape(N, PSpin(N, 4, 0.3).covariance, 5, signal)
    assert redraw(data.attrs, "a.nc") == model
    assert data["overlap"].values == pytest.approx(overlap(data["spins"].values, model.hidden))
    wanted = overlap(data["minimum_spins"].values, model.hidden)
    assert data["minimum_overlap"].values == pytest.approx(wanted)
    run("verify a.nc --share 1")
    row = json.loads(run("show a.nc --json"))[0]
    assert row["expected"] is None
    lowest = int(np.argmin(data["minimum_energy"].values))
    assert row["lowest_overlap"] == pytest.approx(wanted[lowest])


def test_the_overlap_of_a_pair_of_antipodes_has_no_sign(run):
    run(f"sample --n {N} --p 4 --planted 0.5 --starts 40 --out a.nc")
    data = open_result("a.nc")
    assert data.attrs["antipodal_pairs"] == 1
    signed = overlap(data["spins"].values, draw_landscape(N, 4, 0, Planted(0.5)).hidden)
    assert signed.min() < 0.0 < data["overlap"].values.min()
    assert data["overlap"].values == pytest.approx(np.abs(signed))


def test_a_plain_sample_has_no_overlap(run):
    text = run(f"sample --n {N} --starts 10 --out a.nc")
    assert "overlap" not in text
    assert "overlap" not in open_result("a.nc")
    assert not {"planted", "spike", "field_sha256"} & set(open_result("a.nc").attrs)


@pytest.mark.parametrize("ending", ["nc", "json"])
@pytest.mark.parametrize("command", ["census", "connect"])
def test_censuses_and_graphs_of_hidden_points_are_whole_in_every_format(run, command, ending):
    text = run(f"{command} --n {N} --spike 3:1.3 --unseen 0.02 --out a.{ending}")
    assert "spike=3:1.3" in text
    assert "unknown" in text
    run(f"verify a.{ending}")
    assert json.loads(run(f"show a.{ending} --json"))["spike"] == "3:1.3"
    assert "overlap with the hidden point" in text
    if command == "connect":
        run(f"connect --n {N} --spike 3:1.4 --out a.{ending}", "is of another run")


def test_a_changed_signal_in_a_file_is_found(run):
    run(f"sample --n {N} --planted 0.85 --starts 10 --out a.nc")
    attributes = open_result("a.nc").attrs | {"planted": 0.86}
    with pytest.raises(DamagedFileError, match="not those of seed 0"):
        redraw(attributes, "a.nc")


SWEEP = """
[landscape]
n = 6
seeds = [0, 1]
{signal}

[field]
nu = [0.0, 0.4]

[descent]
starts = 20
"""


@pytest.mark.slow
def test_a_sweep_over_temperatures_is_planted_job_by_job(run, tmp_path):
    (tmp_path / "a.toml").write_text(SWEEP.format(signal="planted = [0.85, 1.0]"))
    run("sweep a.toml --out a")
    jobs = read_jobs(tmp_path / "a")
    assert len({job.file_name for job in jobs}) == 8
    for job in jobs:
        data = open_result(tmp_path / "a" / job.file_name)
        model = draw_landscape(N, job.covariance, job.seed, job.signal)
        assert "planted" in job.file_name
        assert data.attrs["couplings_sha256"] == model.checksum()
        assert data["energy"].values == pytest.approx(model.energy(data["spins"].values))
    run("verify a")
    run("export a --out a.csv")
    with open("a.csv") as file:
        rows = list(csv.DictReader(file))
    assert {row["signal"] for row in rows} == {"planted=0.85", "planted=1"}
    assert open_sweep("a")["mean_overlap"].sel(signal="planted=1", nu=0.4, seed=1).item() == (
        pytest.approx(float(rows[-1]["mean_overlap"]))
    )
    text = run("export a --out b.csv --averages")
    assert text.count("planted=0.85") == 2
    run("figure trivialization a --out a.png", "drawn of plain samples")
    assert "8 done" in run("status a")


@pytest.mark.slow
def test_a_plain_sweep_has_no_columns_of_signals(run, tmp_path):
    (tmp_path / "a.toml").write_text(SWEEP.format(signal=""))
    run("sweep a.toml --out a")
    run("export a --out a.csv")
    assert "overlap" not in (tmp_path / "a.csv").read_text()
    assert "signal" not in open_sweep("a").dims
    assert all("planted" not in job.canonical() for job in read_jobs(tmp_path / "a"))


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (
            "planted = 0.0",
            "landscape.planted: should be greater than or equal to 0.000001, got 0.0",
        ),
        ("planted = 1.0\nspike = '3:1'", "planted and spike exclude each other"),
        ("pinned = false", "pinned must stand beside planted, got pinned = False"),
        ("spike = '3'", "a spike is written order:strength as in 3:1.3, got '3'"),
    ],
)
def test_a_sweep_refuses_signals_that_mean_nothing(run, tmp_path, signal, words):
    (tmp_path / "a.toml").write_text(SWEEP.format(signal=signal))
    run("sweep a.toml --out a", words)
    assert not (tmp_path / "a").exists()


def _write(folder):
    """The same couplings and field as dense and packed files of every format."""
    model = Landscape.from_tensor(DENSE, FIELD)
    np.save(folder / "dense.npy", DENSE)
    np.save(folder / "field.npy", FIELD)
    np.savez(folder / "dense.npz", j=DENSE)
    np.savez(folder / "packed.npz", packed_3=model.couplings)
    xr.Dataset({"j": (("a", "b", "c"), DENSE)}).to_netcdf(folder / "dense.nc", engine="h5netcdf")
    xr.Dataset({"packed_3": ("k", model.couplings)}).to_netcdf(
        folder / "packed.nc", engine="h5netcdf"
    )
    return model


@pytest.mark.parametrize(
    "name", ["dense.npy", slow("dense.npz"), slow("dense.nc"), slow("packed.npz"), "packed.nc"]
)
def test_own_couplings_are_those_of_the_file(run, tmp_path, name):
    model = _write(tmp_path)
    assert read_landscape(tmp_path / name, tmp_path / "field.npy") == model
    run(f"sample --couplings {name} --field field.npy --starts 20 --out a.nc")
    attrs = open_result("a.nc").attrs
    assert attrs["couplings_sha256"] == model.checksum()
    assert {"couplings_file_sha256", "field_file_sha256", "field_sha256"} <= set(attrs)
    run(
        "verify a.nc", f"the file of SHA-256 {attrs['couplings_file_sha256'][:12]}... must be given"
    )
    run(f"verify a.nc --couplings {name} --field field.npy")
    np.save("other.npy", 2.0 * FIELD)
    run(f"verify a.nc --couplings {name} --field other.npy", "the field is not that")
    np.save("other.npy", 2.0 * DENSE)
    run("verify a.nc --couplings other.npy --field field.npy", "the couplings are not those")
    assert json.loads(run("show a.nc --json"))[0]["expected"] is None


def test_several_orders_and_their_field_may_stand_in_one_file(run, tmp_path):
    np.savez(tmp_path / "a.npz", pairs=DENSE[0], packed_3=np.arange(56.0), field=FIELD)
    model = read_landscape(tmp_path / "a.npz")
    assert model.orders == (2, 3)
    assert np.array_equal(model.field, FIELD)
    assert "passed" in run("check --couplings a.npz")
    np.save(tmp_path / "field.npy", FIELD)
    run("check --couplings a.npz --field field.npy", "a field must be given once")


def test_a_graph_of_own_couplings_is_not_resumed_with_another_field(run, tmp_path):
    _write(tmp_path)
    run("connect --couplings dense.npy --field field.npy --out a.json")
    run("verify a.json --couplings dense.npy --field field.npy")
    np.save("other.npy", FIELD[::-1])
    run("connect --couplings dense.npy --field other.npy --out a.json", "is of another run")


def test_drawn_couplings_take_a_field_of_ones_own(run, tmp_path):
    np.save(tmp_path / "field.npy", FIELD)
    run(f"census --n {N} --seed 3 --field field.npy --out a.nc")
    model = in_field_of(PSpin(N, 3, 0.0, 3), tmp_path / "field.npy")
    assert model == PSpin(N, 3, 0.0, 3).with_field(FIELD)
    run("verify a.nc", "cannot be drawn afresh: the file of SHA-256")
    run("verify a.nc --field field.npy")
    with pytest.raises(InputError, match="where no point is hidden"):
        spiked(N, 3, 1.0)[0].with_field(FIELD)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((3, 3), np.nan), "a.npy: couplings must be finite, got nan at [0, 0]"),
        (np.ones((3, 4)), "a.npy: couplings must have shape (n,) * p with n, p >= 2, got (3, 4)"),
        (np.ones(3), "or be named packed_P or field, got 'couplings' of shape (3,)"),
        (np.ones((3, 3)) * 1j, "a.npy: couplings must be real numbers"),
        (np.array([{}], object), "a.npy cannot be read as .npy"),
        (np.array("x"), "or be named packed_P or field, got 'couplings' of shape ()"),
    ],
)
def test_couplings_that_are_none_are_refused_in_a_line(run, array, words):
    np.save("a.npy", array, allow_pickle=True)
    run("sample --couplings a.npy --out out.nc", words)
    with pytest.raises(InputError, match=r"no such file: out\.nc"):
        open_result("out.nc")


def test_files_that_are_none_are_refused_in_a_line(run, tmp_path):
    run("check --couplings no.npy", "no such file: no.npy")
    (tmp_path / "a.txt").write_text("1 2 3")
    run("check --couplings a.txt", "must end in .npy, .npz, .nc, got 'a.txt'")
    for ending in ("npy", "npz", "nc"):
        (tmp_path / f"cut.{ending}").write_bytes(b"nonsense")
        run(f"check --couplings cut.{ending}", f"cut.{ending} cannot be read as .{ending}")
    np.savez("pickled.npz", a=np.array([{}], object))
    run("check --couplings pickled.npz", "pickled.npz cannot be read as .npz: Object arrays")
    np.savez("short.npz", packed_3=np.ones(11))
    run("check --couplings short.npz", "must be C(n + 3 - 1, 3) numbers with n >= 2, got 11")
    np.savez("two.npz", a=np.ones((3, 3)), b=np.ones((3, 3)))
    run("check --couplings two.npz", "one array for each order, got two of order 2")
    np.savez("sizes.npz", a=np.ones((3, 3)), b=np.ones((4, 4, 4)))
    run(
        "check --couplings sizes.npz",
        "order 3 must have 3 axes of length 3, or packed for n = 3 be 10 numbers, got (4, 4, 4)",
    )
    np.save("field.npy", np.ones(4))
    run("check --n 5 --field field.npy", "field must have shape (5,), got (4,)")
    run("check --n 5 --field two.npz", "must hold one array of one axis, a field, got a (3, 3)")


def test_couplings_larger_than_the_memory_are_not_read(run, monkeypatch):
    np.save("a.npy", DENSE)

    def full(what, needed, words):
        raise MemoryLimitError(f"{what} needs {needed:,} bytes for {words}")

    monkeypatch.setattr(coupling_files, "check_room", full)
    run("check --couplings a.npy", "a.npy needs 3,456 bytes for its arrays")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("check --couplings a.npy --n 5", "--couplings and --n exclude each other, got --n 5"),
        ("check --couplings a.npy --seed 0", "--couplings and --seed exclude each other"),
        ("check --n 5 --nu 1 --field a.npy", "--field and --nu exclude each other, got --nu 1"),
        ("check --n 5 --planted 1 --spike 3:1", "--planted and --spike exclude each other"),
        ("check --n 5 --unpinned", "--unpinned must stand beside --planted, got it alone"),
        ("check --n 5 --planted -1", "temperature must be a finite number > 0, got -1.0"),
        ("check --n 5 --spike 0:1", "the order of a spike must be an integer >= 1, got 0"),
        ("verify . --couplings a.npy", "--couplings must stand beside a file, got the folder"),
    ],
)
def test_options_that_exclude_each_other_are_refused_in_a_line(run, words, why):
    run(words, why)


@pytest.mark.parametrize("command", ["sample --starts 5", "census", "connect", "points"])
@pytest.mark.parametrize("own", ["couplings", "field"])
@pytest.mark.parametrize("name", ["own.nc", "./own.nc", "link.nc"])
def test_a_file_that_is_read_is_never_replaced_by_the_result(run, command, own, name):
    array = {"couplings": DENSE, "field": FIELD}[own]
    axes = tuple("ijk"[: array.ndim])
    xr.Dataset({own: (axes, array)}).to_netcdf("own.nc", engine="h5netcdf")
    before = Path("own.nc").read_bytes()
    Path("link.nc").symlink_to("own.nc")
    words = "--couplings own.nc" if own == "couplings" else f"--n {N} --field own.nc"
    run(f"{command} {words} --out {name}", f"--out must not replace the file of --{own}, got")
    assert Path("own.nc").read_bytes() == before


def test_a_text_that_is_called_npy_is_not_taken_for_objects(run):
    Path("a.npy").write_text("1 2 3\n")
    run("points --couplings a.npy", "a.npy cannot be read as .npy: it does not begin as files of")


def _npy_of_shape(shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(80)


@pytest.mark.parametrize("shape", ["(-3, -3, -3)", f"(0, {10**20})", "(True, 3)"])
def test_a_header_of_no_shape_is_a_line(run, shape):
    Path("a.npy").write_bytes(_npy_of_shape(shape))
    run("points --couplings a.npy", "a.npy cannot be read as .npy")


def test_an_archive_of_other_things_is_a_line(run):
    with zipfile.ZipFile("a.npz", "w") as archive:
        archive.writestr("readme.txt", "text")
    run(
        "points --couplings a.npz", "a.npz cannot be read as .npz: readme.txt in it is not an array"
    )
    with zipfile.ZipFile("b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", _npy_of_shape(f"({10**6},)"))
    run("points --couplings b.npz", "b.npz cannot be read as .npz: EOF")
    whole = Path("b.npz").read_bytes()
    Path("c.npz").write_bytes(whole[:40] + b"\xff" * 8 + whole[48:])
    run("points --couplings c.npz", "c.npz cannot be read as .npz")


@pytest.mark.parametrize("kind", ["int8", "bool", "float16", "float64"])
def test_the_numbers_of_an_archive_are_counted_whatever_their_size(run, monkeypatch, kind):
    asked = []
    monkeypatch.setattr(coupling_files, "_check", lambda path, sizes: asked.extend(sizes))
    np.savez_compressed("a.npz", j=np.ones((5, 5, 5), kind), h=np.ones(5, kind))
    coupling_files._read_npz(Path("a.npz"))
    assert asked == [125, 5]


def test_an_archive_that_claims_too_much_is_refused_before_it_is_read(run):
    with zipfile.ZipFile("a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", _npy_of_shape(f"({10**15},)"))
    with pytest.raises(MemoryLimitError, match=r"a.npz needs 16,000,000,000,000,000 bytes"):
        read_landscape(Path("a.npz"))


def test_numbers_of_another_file_are_not_read(run):
    Path("other").write_bytes(np.ones(27).tobytes())
    with h5py.File("a.nc", "w") as file:
        file.create_dataset("j", (3, 3, 3), "f8", external=[("other", 0, 216)])
    run("points --couplings a.nc", "the numbers of j lie in another file")
    with h5py.File("b.nc", "w") as file:
        layout = h5py.VirtualLayout((3, 3, 3), "f8")
        layout[:] = h5py.VirtualSource("a.nc", "j", (3, 3, 3))
        file.create_virtual_dataset("j", layout)
    run("points --couplings b.nc", "the numbers of j lie in another file")


@pytest.mark.filterwarnings("error")
def test_axes_of_one_name_are_read_without_a_warning(run):
    with h5py.File("a.nc", "w") as file:
        file["i"] = np.arange(3)
        file["i"].make_scale("i")
        file["j"] = np.random.default_rng(0).standard_normal((3, 3, 3))
        for axis in range(3):
            file["j"].dims[axis].attach_scale(file["i"])
        numbers = file["j"][:]
    expected = Landscape.from_tensor(numbers)
    assert np.array_equal(read_landscape(Path("a.nc")).couplings, expected.couplings)


def test_other_warnings_of_the_reader_are_shown(run, monkeypatch):
    xr.Dataset({"j": (("a", "b", "c"), np.ones((3, 3, 3)))}).to_netcdf("a.nc", engine="h5netcdf")
    usual = xr.open_dataset

    def warned(*words, **named):
        warnings.warn("an attribute was skipped", UserWarning, stacklevel=2)
        return usual(*words, **named)

    monkeypatch.setattr(xr, "open_dataset", warned)
    with pytest.warns(UserWarning, match="an attribute was skipped"):
        read_landscape(Path("a.nc"))


def test_numbers_that_mean_others_are_refused(run):
    numbers = xr.DataArray(np.ones((3, 3, 3)), dims=("i", "j", "k"), name="a")
    numbers.to_netcdf("plain.nc", engine="h5netcdf")  # xarray writes a _FillValue of nan
    run("points --couplings plain.nc")
    packed = {"a": {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -1}}
    numbers.to_netcdf("scaled.nc", engine="h5netcdf", encoding=packed)
    run("points --couplings scaled.nc", "the numbers of a must not be scaled, got scale_factor")
    filled = {"a": {"_FillValue": -9.0}}
    numbers.where(numbers.i > 0).to_netcdf("filled.nc", engine="h5netcdf", encoding=filled)
    run("points --couplings filled.nc", "numbers of a are missing: they are its _FillValue")


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_points_and_censuses_are_printed_in_units_of_any_size(run, scale):
    tensor = np.zeros((3,) * 3)
    tensor[(range(3),) * 3] = [1.0, 2.0, 3.0]
    np.save("a.npy", scale * tensor)
    text = run("points --couplings a.npy")
    assert "exact mean" not in text
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 6]
    printed = sorted(float(row[3]) for row in rows if row[0].isdigit())
    exact = [(1 / sum(1 / a**2 for a in chosen)) ** 0.5 for chosen in SUBSETS]
    both = sorted(scale * sign * value for value in exact for sign in (-1, 1))
    assert printed == pytest.approx(both, rel=2e-8)
    lowest = float(run("census --couplings a.npy").split("lowest H/n")[1].split()[0])
    assert lowest == pytest.approx(-scale * 3.0 / 3.0**0.5, rel=2e-8)


SUBSETS = [(1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)]


def test_points_too_many_to_list_are_said_to_be_kept(run):
    text = run("points --n 6 --p 3")
    assert "each of the 50 points: with --json, and in the file of --out" in text
    assert "each of the" not in run("points --n 3 --p 3")


def test_no_empty_table_is_printed_of_a_form_that_is_zero(run):
    np.save("a.npy", np.zeros((3, 3, 3)))
    text = run("points --couplings a.npy")
    assert "H is the same everywhere" in text
    assert "found  " not in text


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4", "HDF5"])
def test_every_form_of_netcdf_holds_the_same_couplings_and_field(tmp_path, form):
    path, field = tmp_path / "own.nc", tmp_path / "field.nc"
    both = xr.Dataset({"J": (tuple("ijk"), DENSE), "field": ("i", FIELD)})
    for place, data in ((path, both), (field, both[["field"]])):
        if form == "HDF5":
            with h5py.File(place, "w") as file:
                for name, values in data.variables.items():
                    file[name] = values.values
        else:
            engine = "h5netcdf" if form == "NETCDF4" else "scipy"
            data.to_netcdf(place, engine=engine, format=form)
    whole = Landscape.from_tensor(DENSE, FIELD)
    assert read_landscape(path) == whole
    assert in_field_of(PSpin(N, 3), field) == PSpin(N, 3).with_field(FIELD)


def test_damaged_and_unknown_forms_of_netcdf_3_are_a_line(run):
    xr.Dataset({"J": (tuple("ijk"), DENSE)}).to_netcdf(
        "a.nc", engine="scipy", format="NETCDF3_CLASSIC"
    )
    content = Path("a.nc").read_bytes()
    Path("five.nc").write_bytes(b"CDF\x05" + content[4:])
    run("check --couplings five.nc", "five.nc cannot be read as .nc: of the classic formats those")
    for cut in (3, 4, 20, len(content) // 2):
        Path("cut.nc").write_bytes(content[:cut])
        run("check --couplings cut.nc", "cut.nc cannot be read as .nc")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_file_the_value_and_its_place_are_named(run, value):
    field, couplings = FIELD.copy(), DENSE.copy()
    field[2] = couplings[0, 1, 2] = value
    np.save("field.npy", field)
    np.save("good.npy", FIELD)
    np.save("wrong.npy", couplings)
    np.save("dense.npy", DENSE)
    said = f"field.npy: field must be finite, got {value} at [2]"
    run("check --couplings dense.npy --field field.npy", said)
    run(f"check --n {N} --field field.npy", said)
    said = f"wrong.npy: couplings must be finite, got {value} at [0, 1, 2]"
    run("check --couplings wrong.npy --field good.npy", said)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="none are wider")
@pytest.mark.filterwarnings("error")
def test_a_number_too_large_for_doubles_is_named_without_a_warning():
    for name, array in (("field", [1, 2, 3]), ("couplings", np.ones((3, 3)))):
        large = np.asarray(array, np.longdouble)
        large.flat[1] = np.longdouble("-1e4000")
        place = [1] if name == "field" else [0, 1]
        words = re.escape(f"{name} must be at most 1.798e+308 in size, got -1e+4000 at {place}")
        with pytest.raises(InputError, match=words):
            Landscape.from_tensor(*((np.eye(3), large) if name == "field" else (large,)))

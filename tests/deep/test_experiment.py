"""Training runs: what they record, how they resume, how they are compared and drawn."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import xarray as xr

from spinglass.control import Control
from spinglass.deep.build import build_network, build_optimizer
from spinglass.deep.checkpoint import save_checkpoint
from spinglass.deep.data import Images, load_images
from spinglass.deep.experiment import load_experiment, run_experiment, run_path
from spinglass.deep.networks import AllCNN, lenet, mnistfc
from spinglass.deep.statistics import compare, summary
from spinglass.deep.training import train
from spinglass.deep.training_config import NetworkSection, TrainConfig
from spinglass.errors import DamagedFileError, InputError, SpinglassError
from spinglass.files.toml import check_tables, load_toml
from spinglass_cli.main import main

CONFIGS = Path(__file__).parents[2] / "configs"


def _grid(**training):
    tables = {
        "data": {"name": "digits"},
        "network": {"name": "mnistfc", "depth": 4, "width": 16},
        "training": {"epochs": 2, "batch": 64, "seeds": 2, "record_every": 5} | training,
        "methods": [
            {"name": "adam", "kind": "plain"},
            {"name": "annealsgd", "kind": "annealsgd"},
            {"name": "noise", "kind": "noise"},
        ],
    }
    return check_tables(tables, TrainConfig, "test")


@pytest.fixture(scope="module")
def digits():
    return load_images("digits")


@pytest.fixture(scope="module")
def results(tmp_path_factory, digits):
    folder = tmp_path_factory.mktemp("runs")
    run_experiment(_grid(), digits, folder)
    return folder


def test_an_epoch_without_a_record_has_no_quantiles(digits):
    config = _grid(epochs=3, batch=512, record_every=4)
    data = train(config, config.methods[0], 0, digits)
    assert data.attrs["steps_per_epoch"] == 2
    assert data.step.values.tolist() == [0, 4]
    known = np.isfinite(data.log10_gradient.values).all(axis=(1, 2))
    assert known.tolist() == [True, False, True]
    assert np.isnan(data.log10_gradient.values[1]).all()


@pytest.mark.slow
def test_the_record_is_what_was_asked_for(results):
    data = load_experiment(results)
    assert list(data.optimizer.values) == ["adam", "annealsgd", "noise"]
    assert dict(data.test_error.sizes) == {"optimizer": 3, "seed": 2, "epoch": 3}
    assert data.log10_gradient.sizes["layer"] == 5
    assert np.isfinite(data.to_array().values).all()
    assert (data.min_gradient > 0).all()
    strength = data.field_strength.sel(optimizer="annealsgd", seed=0)
    np.testing.assert_allclose(
        strength, np.exp(-data.step / data.attrs["steps_per_epoch"] / 0.5), rtol=1e-6
    )
    assert not data.field_strength.sel(optimizer="adam").any()
    chance = data.attrs["parameters"] ** -0.5
    assert float(data.alignment.sel(optimizer="annealsgd").max()) > 5 * chance
    noise = data.alignment.sel(optimizer="noise")
    assert 0.4 * chance < float((noise**2).mean()) ** 0.5 < 1.8 * chance


@pytest.mark.slow
def test_methods_start_alike_and_seeds_do_not(results):
    data = load_experiment(results)
    first = data.loss.isel(step=0)
    assert (first == first.isel(optimizer=0)).all()
    assert first.isel(optimizer=0, seed=0) != first.isel(optimizer=0, seed=1)


@pytest.mark.slow
def test_a_run_is_reproducible_and_a_plain_one_is_torchs_own_adam(results, digits):
    grid = _grid()
    again = train(grid, grid.methods[1], 0, digits)
    stored = load_experiment(results).sel(optimizer="annealsgd", seed=0)
    np.testing.assert_array_equal(again.loss, stored.loss)
    np.testing.assert_array_equal(again.test_error, stored.test_error)


def test_running_again_is_the_resume(tmp_path, digits):
    seen = []
    grid = _grid(seeds=1, epochs=1)
    paths = run_experiment(grid, digits, tmp_path, control=Control(tell=seen.append))
    assert len(seen) == 3
    before = [p.read_bytes() for p in paths]
    paths[1].unlink()
    run_experiment(grid, digits, tmp_path, control=Control(tell=seen.append))
    assert [event.words.split()[0] for event in seen[3:]] == ["annealsgd"]
    one, two = (xr.load_dataset(p, engine="h5netcdf") for p in (paths[0], paths[1]))
    assert one.attrs["method"] != two.attrs["method"]
    assert paths[0].read_bytes() == before[0]
    more = _grid(seeds=2, epochs=1)
    assert run_path(tmp_path, more, more.methods[0], 0) == paths[0]
    other = _grid(seeds=1, epochs=1, batch=32)
    assert run_path(tmp_path, other, other.methods[0], 0) != paths[0]


@pytest.mark.slow
def test_shares_do_each_run_once_and_together_the_whole_grid(tmp_path, digits, results):
    done = []
    for number in (1, 2, 3, 4):
        seen = []
        control = Control(tell=seen.append)
        run_experiment(_grid(), digits, tmp_path, control=control, shard=(number, 4))
        done += {" ".join(event.words.split()[:3]) for event in seen}
    assert len(done) == len(set(done)) == 6
    xr.testing.assert_identical(
        load_experiment(tmp_path).drop_attrs(), load_experiment(results).drop_attrs()
    )
    with pytest.raises(InputError, match="shard must be I/N with 1 <= I <= N, got 3/2"):
        run_experiment(_grid(), digits, tmp_path, shard=(3, 2))


class Stopped(Exception):
    """Stands for Ctrl-C."""


@pytest.mark.slow
@pytest.mark.parametrize("stop_after", [1, 2])
def test_a_run_stopped_in_the_middle_goes_on_bit_for_bit(tmp_path, stop_after):
    tables = {
        "network": {"name": "lenet", "dropout": 0.5},
        "training": {"epochs": 3, "batch": 8, "seeds": 1, "flip": True, "record_every": 1},
        "methods": [{"name": "a", "kind": "annealsgd"}, {"name": "b", "kind": "noise"}],
    }
    grid = check_tables(tables, TrainConfig, "test")
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(24, 1, 16, 16, generator=generator)
    labels = torch.randint(10, (24,), generator=generator)
    images = Images(pixels, labels, pixels, labels)

    def stop(event):
        if event.done == stop_after:
            raise Stopped

    whole = run_experiment(grid, images, tmp_path / "whole")
    left = tmp_path / "stopped"
    for _ in grid.methods:
        with pytest.raises(Stopped):
            run_experiment(grid, images, left, control=Control(tell=stop))
        assert len(list(left.glob("*.checkpoint"))) == 1
        seen: list[int] = []
        one = grid.model_copy(update={"methods": grid.methods[: len(list(left.glob("*.nc"))) + 1]})
        control = Control(tell=lambda event, to=seen: to.append(event.done))
        run_experiment(one, images, left, control=control)
        assert seen == list(range(stop_after + 1, 4))
    assert not list(left.glob("*.checkpoint"))
    for path in whole:
        one, two = (
            xr.load_dataset(folder / path.name, engine="h5netcdf") for folder in (path.parent, left)
        )
        xr.testing.assert_identical(one.drop_attrs(), two.drop_attrs())
        assert one.attrs["unit"] == two.attrs["unit"]


def _save_as_earlier_versions_did(path, state):
    """Write a checkpoint whose record of the field lies beside the parameter groups."""
    first, *others = state["optimizer"]["param_groups"]
    rest = {name: value for name, value in first.items() if name != "perturbation"}
    (record,) = first["perturbation"]
    old = {name: value for name, value in record.items() if name != "kind"}
    groups = {"param_groups": [rest, *others], "perturbation": old}
    save_checkpoint(path, {**state, "optimizer": {**state["optimizer"], **groups}})


@pytest.mark.slow
def test_a_checkpoint_of_an_earlier_version_goes_on_bit_for_bit(tmp_path, digits, monkeypatch):
    def stop(event):
        raise Stopped

    grid = _grid(seeds=1)
    monkeypatch.setattr("spinglass.deep.training.save_checkpoint", _save_as_earlier_versions_did)
    for method in grid.methods:
        path = tmp_path / method.name
        with pytest.raises(Stopped):
            train(grid, method, 0, digits, control=Control(tell=stop), checkpoint=path)
        resumed = train(grid, method, 0, digits, checkpoint=path)
        whole = train(grid, method, 0, digits)
        xr.testing.assert_identical(resumed.drop_attrs(), whole.drop_attrs())


def test_a_damaged_checkpoint_is_one_clear_line_and_nothing_is_unpickled(tmp_path, digits):
    grid = _grid(seeds=1, epochs=1)
    path = run_path(tmp_path, grid, grid.methods[0], 0).with_suffix(".checkpoint")
    harm = b"cos\nsystem\n(S'touch PATH'\ntR.".replace(b"PATH", str(tmp_path / "mark").encode())
    for content in (b"", b"rubbish", harm):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match="remove it") as caught:
            run_experiment(grid, digits, tmp_path)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "mark").exists()


@pytest.mark.slow
def test_foreign_damaged_and_mixed_results_are_refused(tmp_path, digits, results):
    with pytest.raises(InputError, match="no finished"):
        load_experiment(tmp_path)
    (tmp_path / "x.nc").write_bytes(b"not netcdf")
    with pytest.raises(DamagedFileError):
        load_experiment(tmp_path)
    (tmp_path / "x.nc").unlink()
    grid = _grid(seeds=1, epochs=1)
    run_experiment(grid, digits, tmp_path)
    for k, path in enumerate(sorted(results.glob("*-001-*.nc"))):
        (tmp_path / f"{k}.nc").write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="different experiments"):
        load_experiment(tmp_path)


def test_the_paired_test_sees_a_paired_difference_and_no_other():
    rng = np.random.default_rng(0)
    base = rng.normal(0.3, 0.1, 10)  # spreads far more between seeds than between methods
    errors = np.stack([base, base - 0.02 + rng.normal(0, 0.005, 10), rng.permutation(base)])
    data = xr.Dataset(
        {"test_error": (("optimizer", "seed", "epoch"), errors[:, :, None])},
        coords={"optimizer": ["a", "b", "c"], "seed": range(10), "epoch": [0]},
    )
    better = compare(data, "a", "b")
    assert better.t_p_value < 1e-4
    assert better.rank_p_value < 0.01
    assert better.difference == pytest.approx(-0.02, abs=0.005)
    assert compare(data, "a", "c").t_p_value > 0.2
    assert compare(data, "a", "a").t_p_value == 1.0
    assert len(summary(data)) == 5
    with pytest.raises(InputError, match="the method must be one of"):
        compare(data, "a", "d")


def test_networks_have_the_papers_shapes():
    image = torch.zeros(2, 1, 28, 28)
    assert mnistfc(depth=20)(image).shape == (2, 10)
    assert sum(isinstance(m, torch.nn.Linear) for m in mnistfc(depth=20)) == 21
    assert lenet()(image).shape == (2, 10)
    full = AllCNN()
    assert sum(p.ndim >= 2 for p in full.parameters()) == 9
    assert 1.3e6 < sum(p.numel() for p in full.parameters()) < 1.4e6  # as in arXiv:1412.6806
    assert AllCNN(width=4)(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    with pytest.raises(InputError, match="16 x 16"):
        lenet(side=8)


def test_he_initialisation_keeps_the_signal_and_the_default_loses_it():
    torch.manual_seed(0)
    images = torch.randn(64, 1, 28, 28)

    def spread(init):
        return float(mnistfc(depth=20, init=init)(images).detach().std(dim=0).mean())

    assert spread("he") > 0.1
    assert spread("default") < 1e-3


@pytest.mark.parametrize("name", ["lenet", "allcnn_bn"])
def test_convolutional_networks_train(name):
    tables = {
        "network": {"name": name, "width": 4},
        "training": {"epochs": 1, "batch": 8, "seeds": 1, "flip": True, "record_every": 1},
        "methods": [{"name": "a", "kind": "annealsgd", "optimizer": "sgd", "scaling": "layer"}],
    }
    grid = check_tables(tables, TrainConfig, "test")
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(24, 3, 32, 32, generator=generator)
    labels = torch.randint(10, (24,), generator=generator)
    record = train(grid, grid.methods[0], 0, Images(pixels, labels, pixels, labels))
    assert np.isfinite(record.loss).all()
    model = build_network(NetworkSection(name="lenet"), Images(pixels, labels, pixels, labels))
    assert build_optimizer(grid.methods[0], model, 0).scaling == "layer"


@pytest.mark.parametrize("path", ["mnistfc", "lenet", "allcnn", "digits"])
def test_shipped_configurations_are_valid(path):
    assert load_toml(CONFIGS / f"{path}.toml", TrainConfig).methods


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('kind = "plain"\nnus = 1', "unknown key"),
        ('kind = "magic"', "plain"),
        ('kind = "plain"\ntau = 0.0', "greater than 0"),
    ],
)
def test_wrong_configurations_are_one_clear_line(tmp_path, capsys, change, words):
    text = (CONFIGS / "digits.toml").read_text().replace('kind = "plain"', change)
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(SystemExit) as stop:
        main(["train", str(tmp_path / "bad.toml"), "--out", str(tmp_path)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_device_that_is_not_there_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", str(CONFIGS / "digits.toml"), "--out", str(tmp_path), "--device", "gpu9"])
    assert stop.value.code == 2
    assert "gpu9" in capsys.readouterr().err


@pytest.mark.slow
def test_reduced_digits_run_figures_and_table_from_the_command_line(tmp_path, capsys):
    out = tmp_path / "runs"
    smaller = ("training.epochs=2", "training.seeds=2", "network.depth=4", "network.width=16")
    reduced = [word for change in smaller for word in ("--set", change)]
    words = [
        ["train", str(CONFIGS / "digits.toml"), "--out", str(out), "--data", "digits", *reduced],
        ["figure", "training", str(out)],
        ["figure", "alignment", str(out)],
        ["table", "cifar10", str(out), "--out", str(tmp_path / "table.csv")],
    ]
    for command in words:
        with suppress(SystemExit):  # raised where all went well, too
            main(command)
    assert "paired t test" in capsys.readouterr().out
    assert (tmp_path / "runs-training.png").stat().st_size > 10_000
    assert (tmp_path / "runs-alignment.nc").is_file()
    table = (tmp_path / "table.csv").read_text().splitlines()
    assert table[0].startswith("method,seeds,mean_percent")
    assert [line.split(",")[0] for line in table[1:]] == ["adam", "annealsgd", "noise"]
    with suppress(SystemExit):
        main(["table", "cifar10", str(out), "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["difference_percent"] is None
    difference = rows[1]["mean_percent"] - rows[0]["mean_percent"]
    assert rows[1]["difference_percent"] == pytest.approx(difference)


def test_torch_is_not_loaded_before_it_is_needed():
    code = (
        "import sys, spinglass, spinglass.deep, spinglass_cli.main;"
        "from spinglass.deep.coupling_law import coupling_study;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch_the_extra_is_named(monkeypatch):
    from spinglass import deep

    monkeypatch.setattr(deep, "find_spec", lambda name: None)
    with pytest.raises(SpinglassError, match=r"spinglass\[deep\]"):
        deep.require_torch()

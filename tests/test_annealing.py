"""A field annealed: the slow way by many small fields, on the same samples, agrees."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, descend
from spinglass.averaging import mean_and_error
from spinglass.contents.annealing_contents import tables
from spinglass.contents.json_or_netcdf import write_as_named
from spinglass.control import Control
from spinglass.errors import InputError, SpinglassError
from spinglass.files.store import write_dataset
from spinglass.following.annealing import (
    AnnealedSamples,
    anneal_field,
    compare_annealing,
)
from spinglass.following.annealing_file import (
    ANNEALING,
    AnnealingRun,
    annealing_dataset,
    samples_to_resume,
)
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.geometry import retract
from spinglass.search import Status, prove_minima
from spinglass_cli.main import cli
from tests.marks import slow


def small_steps(model, start, count):
    """Descend at each of many fields from the minimum of the one before: slow, obvious."""
    x = retract(model.field_direction)[None]
    for nu in np.linspace(start, 0.0, count):
        x = descend(model.at_field(nu), x, control=Control(1)).spins
    return float(model.at_field(0.0).energy(x[0]))


@pytest.mark.parametrize("seed", [0, 1, 2, *map(slow, (3, 4, 5))])
def test_many_small_fields_lead_to_the_same_minimum(seed):
    model = PSpin(20, 3, 0.0, seed)
    found = anneal_field(model, 3.5)
    assert found.finished
    assert model.energy(found.spins) == pytest.approx(small_steps(model, 3.5, 200), abs=1e-9)


def test_some_paths_jump_and_each_jump_loses_energy():
    found = [anneal_field(PSpin(20, 3, 0.0, seed), 3.5) for seed in range(12)]
    assert sum(one.folds.size for one in found) >= 2
    for one in found:
        assert (np.diff(one.folds) < 0).all()
        assert one.drops.size == one.folds.size + 1
        assert (one.drops > 1e-6).all()


def test_where_it_ends_is_a_minimum_without_field():
    for p in (2, 3, 4):
        model = PSpin(10, p, 0.0, 1)
        found = anneal_field(model, 4.0)
        assert prove_minima(model, found.spins)[0].is_minimum


def test_degree_two_ends_in_the_ground_state():
    """At p = 2 the lower of the two minima of a field is on the branch of the strong field."""
    for seed in range(4):
        model = PSpin(8, 2, 0.0, seed)
        expected = np.min(descend(model, 20).energy)
        reached = model.energy(anneal_field(model, 5.0).spins)
        assert reached == pytest.approx(expected, abs=1e-9)


def test_the_comparison_is_of_the_same_samples():
    found = compare_annealing(10, 3, 3.5, 3, starts=40, seed=2)
    for k in range(3):
        model = PSpin(10, 3, 0.0, 2 + k)
        energy = descend(model, 40).energy
        assert found.annealed[k] == model.energy(anneal_field(model, 3.5).spins)
        assert found.mean[k] == pytest.approx(energy.mean())
        assert found.lowest[k] == pytest.approx(energy.min())
        assert found.lower[k] == np.mean(energy < found.annealed[k] - 1e-9)
        start = retract(model.field_direction)[None]
        assert found.quenched[k] == descend(model, start).energy[0]
        assert found.jumps[k] == anneal_field(model, 3.5).folds.size
    assert found.finished.all()


def test_descents_that_do_not_converge_leave_no_number(monkeypatch):
    monkeypatch.setattr("spinglass.following.annealing._energies", lambda found: np.empty(0))
    found = compare_annealing(10, 3, 3.5, 2, starts=5)
    assert np.isfinite(found.annealed).all()
    for name in ("quenched", "mean", "lowest", "lower"):
        assert np.isnan(getattr(found, name)).all()
    assert not found.finished.any()


def test_means_and_errors():
    assert mean_and_error(np.array([1.0, 3.0])) == pytest.approx((2.0, 1.0))
    assert np.isnan(mean_and_error(np.array([1.0]))[1])
    assert np.isnan(mean_and_error(np.empty(0))[0])


WORDS = ["anneal", "--n", "10", "--starts", "20"]


def run(*words):
    result = CliRunner().invoke(cli, [*WORDS, *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command(tmp_path):
    out = tmp_path / "annealed.json"
    result = run("--samples", 3, "--out", out)
    assert "H/n annealed from that field" in result.stdout
    assert f"Written: {out}" in result.stdout
    data = json.loads(out.read_text())
    mean = data["summary"]["annealed"]["mean"]
    assert len(data["each"]) == data["summary"]["finished"] == 3
    assert mean == pytest.approx(np.mean([e["annealed"] for e in data["each"]]))
    plain = json.loads(run("--samples", 3, "--json").stdout)
    assert {**plain, **data["summary"]} == plain


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".json", ".nc"])
def test_a_run_goes_on_where_it_was_interrupted(ending, tmp_path, monkeypatch):
    whole, parts = tmp_path / f"whole{ending}", tmp_path / f"parts{ending}"
    run("--samples", 4, "--out", whole)
    done = []

    def interrupted(model, start):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(model.seed)
        return anneal_field(model, start)

    with monkeypatch.context() as patch:
        patch.setattr("spinglass.following.annealing.anneal_field", interrupted)
        assert run("--samples", 4, "--out", parts).exit_code != 0
    assert ANNEALING.open(parts).sizes["sample"] == 2
    done.clear()
    with monkeypatch.context() as patch:
        patch.setattr(
            "spinglass.following.annealing.anneal_field",
            lambda *arguments: done.append(arguments[0].seed) or anneal_field(*arguments),
        )
        result = run("--samples", 4, "--out", parts)
    assert "2 samples are done already" in result.stderr
    assert done == [2, 3]
    assert ANNEALING.open(parts).identical(ANNEALING.open(whole))
    assert "3 of 3 samples" in run("--samples", 3, "--out", parts).stdout
    assert ANNEALING.open(parts).identical(ANNEALING.open(whole))


@pytest.mark.parametrize("ending", [".json", ".nc"])
def test_the_seed_of_the_starts_is_another_than_that_of_the_disorder(ending, tmp_path):
    path, other = tmp_path / f"zero{ending}", tmp_path / f"one{ending}"
    run("--samples", 2, "--out", path)
    run("--samples", 2, "--start-seed", 1, "--out", other)
    zero, one = ANNEALING.open(path), ANNEALING.open(other)
    assert (zero.attrs["start_seed"], one.attrs["start_seed"]) == (0, 1)
    assert (zero["annealed"] == one["annealed"]).all()
    assert (zero["mean"] != one["mean"]).all()
    for k, mean in enumerate(one["mean"].values):
        plain = descend(PSpin(10, 3, 0.0, k), 20, start_seed=1)
        assert mean == plain.energy[plain.status == Status.MINIMUM].mean()
    with pytest.raises(InputError, match=r"of another run \(start_seed differ\)"):
        run("--samples", 3, "--start-seed", 1, "--out", path)


def test_a_file_that_names_no_seed_of_the_starts_has_that_of_its_time(tmp_path):
    path, which = tmp_path / "old.nc", AnnealingRun(10, 3, 0, 3.5, 20)
    none = np.array([np.nan])
    found = AnnealedSamples(*(np.array([-1.5]) for _ in range(5)), np.array([2]), none, none)
    old = annealing_dataset(which, found)
    del old.attrs["start_seed"]
    write_dataset(old, path)
    assert samples_to_resume(which, path).annealed == [-1.5]
    with pytest.raises(InputError, match="start_seed differ"):
        samples_to_resume(replace(which, start_seed=1), path)


def test_a_seed_of_the_starts_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"start_seed must be .*, got -1"):
        compare_annealing(6, 3, 3.5, 1, starts=5, start_seed=-1)


@pytest.mark.parametrize("name", ["some.json", "some.nc"])
def test_samples_that_ended_nowhere_come_back_as_such(name, tmp_path):
    path, nan = tmp_path / name, np.nan
    found = AnnealedSamples(
        *(np.array(c) for c in ([nan, -1.5], [nan, -1.4], [-1.3, nan], [-1.6, nan], [nan, 1 / 3])),
        np.array([2, 0]),
        *np.full((2, 2), nan),
    )
    which = AnnealingRun(10, 3, 0, 3.5, 20)
    write_as_named(annealing_dataset(which, found), path, tables)
    back = samples_to_resume(which, path)
    for name in ("annealed", "quenched", "mean", "lowest", "lower", "jumps"):
        assert np.array_equal(getattr(back, name), getattr(found, name), equal_nan=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not valid JSON"),
        ("[]", "annealed.json is not a file of annealed samples"),
        ("{}", "is not a file of annealed samples"),
        (None, "of another run (starts differ)"),
    ],
)
def test_files_of_others_are_refused_and_left(tmp_path, text, words):
    path = tmp_path / "annealed.json"
    if text is None:
        run("--samples", 1, "--out", path)
    else:
        path.write_text(text)
    before = path.read_bytes()
    with pytest.raises(SpinglassError, match=re.escape(words)):
        run("--samples", 2, "--starts", 21, "--out", path)
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_time_limit_ends_the_command_early_and_says_so(tmp_path):
    words = ["anneal", "--n", "8", "--samples", "3", "--starts", "20"]
    path = tmp_path / "samples.nc"
    early = CliRunner().invoke(
        cli, [*words, "--time-limit", "0s", "--out", str(path)], catch_exceptions=False
    )
    assert "The time was up after 1 of 3 samples" in early.stdout
    assert ANNEALING.open(path).sizes["sample"] == 1
    CliRunner().invoke(cli, [*words, "--out", str(path)], catch_exceptions=False)
    CliRunner().invoke(cli, [*words, "--out", str(tmp_path / "b.nc")], catch_exceptions=False)
    assert ANNEALING.open(path).identical(ANNEALING.open(tmp_path / "b.nc"))


def test_without_a_direction_there_is_no_field_to_turn_up():
    model = PSpin.from_tensor(np.random.default_rng(0).normal(size=(4, 4, 4)))
    for turn in (lambda: model.at_field(1.0), lambda: anneal_field(model, 5.0)):
        with pytest.raises(InputError, match=r"nu must be 0 where .* no direction of a field, got"):
            turn()
    with pytest.raises(InputError, match="no direction of a field"):
        follow_landscape(model, [0.0, 1.0])
    assert model.at_field(0.0).nu == 0.0

"""Branches over a grid of fields: nothing missing, nothing invented, resumed without a trace."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, descend, find_stationary_points
from spinglass.control import Control
from spinglass.errors import DamagedFileError, InputError
from spinglass.figures.branches_figure import knots, number_of_minima, plot_branches
from spinglass.figures.picture import check_figure
from spinglass.files.store import write_dataset
from spinglass.following import continuation
from spinglass.following.branches import (
    BRANCHES,
    branches_dataset,
    from_dataset,
    open_to_resume,
)
from spinglass.following.continuation import Ending
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.geometry import overlap
from spinglass.search.census import Census
from spinglass.search.minima import group_points
from spinglass_cli.follow_command import print_summary
from spinglass_cli.main import cli, main
from tests.marks import slow

GRID = np.linspace(0.0, 2.0, 9)


def same(one, two):
    return all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=name != "ending")
        for name in ("nu", "spins", "energy", "birth", "death", "ending", "met", "proven", "unseen")
    )


@pytest.mark.parametrize(("n", "p", "seed"), [(7, 3, 3), slow(5, 4, 1), slow(6, 2, 0)])
def test_at_every_field_the_branches_are_all_the_minima(n, p, seed):
    """The oracle is the exhaustive search for stationary points, which knows no field but one."""
    model = PSpin(n, p, 0.0, seed)
    found = follow_landscape(model, GRID, 0.01)
    assert not found.contradictions.any()
    assert (found.ending != Ending.STALLED).all()
    for place in range(0, 9, 2):
        every = find_stationary_points(model.at_field(GRID[place]), 0, sweep=512).spins
        mine = found.spins[found.present[:, place], place]
        assert len(mine) == len(every)
        assert group_points(np.concatenate([every, mine])).max() + 1 == len(every)
    assert found.proven.sum() == found.present.sum() == found.met.sum()


def test_numbers_at_the_fields_are_the_models():
    model = PSpin(9, 3, 0.0, 0)
    found = follow_landscape(model, GRID, 0.01)
    for place, nu in enumerate(GRID):
        rows = found.present[:, place]
        at, x = model.at_field(nu), found.spins[rows, place]
        assert np.array_equal(found.energy[rows, place], at.energy(x))
        assert np.array_equal(found.lambda_min[rows, place], at.spectrum(x)[:, 0])
        assert (found.lambda_min[rows, place] > 0).all()
    counts = found.counts()
    later = {name: numbers[1:] for name, numbers in counts.items()}
    assert np.array_equal(later["minima"], later["followed"] + later["born"])
    assert np.array_equal(later["died"], counts["minima"][:-1] - later["followed"])
    assert later["died"].sum() == (~np.isnan(found.death[:, 0])).sum()
    assert later["born"].sum() == (~np.isnan(found.birth[:, 0])).sum()


def test_what_a_census_overlooks_is_entered_where_it_was():
    """Four descents a field cannot find everything; the censuses after them find the rest."""
    model = PSpin(14, 3, 0.0, 0)
    whole = follow_landscape(model, GRID[:4], 0.002)
    hasty = follow_landscape(model, GRID[:2], 0.5, max_starts=4)
    assert hasty.counts()["minima"][0] < whole.counts()["minima"][0]
    found = follow_landscape(model, GRID[:4], 0.002, known=hasty)
    assert not found.contradictions.any()
    late = found.present[:, :2] & ~found.met[:, :2]
    assert late.any()
    assert found.proven[late.nonzero()[0], late.nonzero()[1]].all()
    assert found.counts()["minima"][2:].tolist() == whole.counts()["minima"][2:].tolist()
    for table in (found.birth, whole.birth):
        assert (~np.isnan(table[:, 0])).any()
    late_births = [table[table[:, 0] > GRID[1], 0] for table in (found.birth, whole.birth)]
    assert np.sort(late_births[0]) == pytest.approx(np.sort(late_births[1]), abs=1e-9)


@pytest.mark.slow
def test_upward_and_downward_see_the_same_folds():
    model = PSpin(12, 3, 0.0, 0)
    grid = np.linspace(0.0, 2.4, 13)
    up, down = follow_landscape(model, grid, 0.003), follow_landscape(model, grid[::-1], 0.003)
    assert not up.contradictions.any()
    assert not down.contradictions.any()
    for one, two in ((up.birth, down.death), (up.death, down.birth)):
        one, two = (np.sort(table[~np.isnan(table[:, 0]), 0]) for table in (one, two))
        assert one == pytest.approx(two, abs=1e-9)
    assert (~np.isnan(up.birth[:, 0])).any()


@pytest.mark.slow
def test_heirs_are_where_small_steps_of_the_field_lead():
    model = PSpin(12, 3, 0.0, 0)
    found = follow_landscape(model, GRID, 0.01)
    ended = np.flatnonzero(found.ending == Ending.FOLDED)
    assert len(ended) >= 4
    assert (found.drop[ended] > 1e-6).all()
    assert np.isnan(found.drop[found.ending != Ending.FOLDED]).all()
    for branch in ended:
        place = np.flatnonzero(found.present[branch])[-1]
        x = found.spins[branch, place : place + 1]
        for nu in np.linspace(GRID[place], GRID[place + 1], 120):
            x = descend(model.at_field(nu), x, control=Control(1)).spins
        heir = found.spins[found.heir[branch], place + 1]
        assert overlap(x[0], heir) > 1 - 1e-8


def test_pairs_split_when_the_field_breaks_the_symmetry():
    model = PSpin(6, 4, 0.0, 0)
    found = follow_landscape(model, [0.0, 0.05], 0.01)
    assert found.present[:, 0].sum() % 2 == 0
    x = found.spins[found.present[:, 0], 0]
    assert group_points(x, antipodal=True).max() + 1 == len(x) / 2
    energies = np.sort(found.energy[found.present[:, 1], 1])
    assert np.diff(energies).min() > 1e-6


def test_a_foreign_minimum_among_the_branches_is_a_contradiction():
    """A branch entered twice runs into itself: counted, not hidden."""
    model = PSpin(10, 3, 0.0, 0)
    known = follow_landscape(model, GRID[:2], 0.01)
    names = {k: getattr(known, k) for k in known.__dataclass_fields__}
    per_field = ("cut", "nu", "starts", "unseen", "complete", "contradictions")
    row = np.flatnonzero(known.present[:, -1])[0]
    twice = {
        k: np.concatenate([v, v[row : row + 1]]) if k not in per_field else v
        for k, v in names.items()
    }
    found = follow_landscape(model, GRID[:3], 0.01, known=type(known)(**twice))
    assert found.contradictions[2] == 1


def test_a_branch_that_is_lost_is_a_contradiction(monkeypatch):
    model = PSpin(10, 3, 0.0, 0)
    whole = follow_landscape(model, GRID[:2], 0.01)
    monkeypatch.setattr(continuation, "_MOST_TRIES", 2)
    found = follow_landscape(model, GRID[:3], 0.01, known=whole)
    lost = int((found.ending == Ending.STALLED).sum())
    assert lost > 0
    assert found.contradictions[2] >= lost
    assert found.counts()["died"][2] < whole.counts()["minima"][1]


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path):
    model = PSpin(10, 3, 0.0, 4)
    whole = follow_landscape(model, GRID, 0.01)
    path = tmp_path / "branches.nc"

    def stop_after_three(event):
        found = event.found
        if isinstance(found, Census):
            return
        write_dataset(branches_dataset(model, found, {"unseen_asked": 0.01}), path)
        if found.nu.size == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow_landscape(model, GRID, 0.01, control=Control(tell=stop_after_three))
    known = open_to_resume(path, model, {"unseen_asked": 0.01})
    assert known is not None
    assert known.nu.size == 3
    assert same(follow_landscape(model, GRID, 0.01, known=known), whole)
    with pytest.raises(InputError, match="unseen_asked"):
        open_to_resume(path, model, {"unseen_asked": 0.02})
    with pytest.raises(InputError, match="sha256"):
        open_to_resume(path, PSpin(10, 3, 0.0, 5), {})
    with pytest.raises(InputError, match="first of these fields, got"):
        follow_landscape(model, GRID + 0.1, 0.01, known=known)
    assert same(from_dataset(BRANCHES.open(path)), known)


@pytest.fixture(scope="module")
def uncut():
    return follow_landscape(PSpin(10, 3, 0.0, 4), GRID, 0.002)


@pytest.mark.slow
@pytest.mark.parametrize("place", [slow(0), slow(2), 5, slow(8)])
def test_a_census_that_is_cut_is_kept_and_taken_anew(place, uncut, tmp_path):
    """Of 500 descents at least, the first 256 are what the time leaves of one field's census."""
    model, path, whole = PSpin(10, 3, 0.0, 4), tmp_path / "branches.nc", uncut
    assert (~np.isnan(whole.death[:, 0])).any()
    up = []

    def tell(event):
        if isinstance(event.found, Census) and event.done == place:
            up.append(event.found)

    found = follow_landscape(
        model, GRID, 0.002, control=Control(1, stop=lambda: bool(up), tell=tell)
    )
    assert found.nu.size == place + 1
    assert [census.starts for census in up] == [256] == found.starts[-1:].tolist()
    assert found.cut >= 0
    assert not found.complete[-1]
    assert found.met[:, -1].sum() == len(up[0].count)
    write_dataset(branches_dataset(model, found, {}), path)
    known = open_to_resume(path, model, {})
    assert known.cut == found.cut
    assert known.finished.nu.size == place
    if place:
        earlier = follow_landscape(model, GRID, 0.002, control=before(place))
        assert same_in_all(known.finished, earlier)
    assert same_in_all(follow_landscape(model, GRID, 0.002, known=known), whole)
    last = follow_landscape(model, GRID, 0.002, known=known, control=Control(1, max_seconds=0.0))
    assert (last.nu.size, last.cut) == (place + 1, found.cut)


def before(place):
    """A control that stops before a field, and in no census."""
    done = [0]

    def tell(event):
        done[0] = 0 if isinstance(event.found, Census) else event.found.nu.size

    return Control(1, stop=lambda: done[0] == place, tell=tell)


def same_in_all(one, two):
    def values(found):
        return {name: value for name, value in vars(found).items() if name != "cut"}

    kinds = [
        (a, b, a.dtype.kind == "f")
        for a, b in zip(values(one).values(), values(two).values(), strict=True)
    ]
    return one.cut == two.cut and all(np.array_equal(a, b, equal_nan=nan) for a, b, nan in kinds)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "branches.nc"
    write_dataset(open_like_result(), path)
    with pytest.raises(DamagedFileError, match="not a file of branches"):
        BRANCHES.open(path)
    with pytest.raises(InputError, match="no such file"):
        BRANCHES.open(tmp_path / "none.nc")


def open_like_result():
    import xarray as xr

    return xr.Dataset({"nu": ("field", [0.0])}, attrs={"schema": "another"})


@pytest.mark.parametrize("nu", [[0.5], [0.1, 0.1], [0.0, 1.0, 0.5], [0.0, -1.0]])
def test_bad_grids_are_named(nu):
    with pytest.raises(InputError, match=r"fields|nu"):
        follow_landscape(PSpin(4, 3), nu)


def run(*words):
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


FOLLOW = ("follow", "--n", "8", "--fields", "4", "--unseen", "0.02")


@pytest.mark.slow
def test_the_command_counts_resumes_and_draws(tmp_path):
    out = tmp_path / "branches.nc"
    row = json.loads(run(*FOLLOW, "--out", str(out), "--json").stdout)
    assert [line["nu"] for line in row["fields"]] == pytest.approx(np.linspace(0, 1.2 * 3**0.5, 4))
    assert all(line["contradictions"] == 0 for line in row["fields"])
    born = sum(line["born"] for line in row["fields"])
    assert row["branches"] == row["fields"][0]["minima"] + born
    assert len(row["births"]) == born
    written = out.stat().st_mtime_ns
    again = run(*FOLLOW, "--out", str(out))
    assert "4 of 4 fields are done already" in again.stderr
    assert "exact mean" in again.stdout
    assert out.stat().st_mtime_ns == written
    drawn = run("figure", "branches", str(out)).stdout
    assert "branches-figure.png" in drawn
    assert (tmp_path / "branches-figure.pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    "words",
    [
        (*FOLLOW[:3], "--fields", "1"),
        (*FOLLOW, "--to", "-1"),
        (*FOLLOW, "--from", "1", "--to", "1"),
        ("follow", "--n", "8", "--p", "2"),
        (*FOLLOW, "--unseen", "2"),
        ("figure", "branches", "none.nc"),
        ("anneal", "--n", "8", "--p", "2"),
        ("anneal", "--n", "8", "--from", "0"),
        ("anneal", "--n", "8", "--samples", "0"),
    ],
)
def test_bad_input_is_exit_code_two(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_numbers_under_the_figure_are_the_branches(tmp_path):
    model = PSpin(12, 3, 0.0, 0)
    found = follow_landscape(model, GRID, 0.01)
    events, number = number_of_minima(found)
    for nu, minima in zip(GRID, found.counts()["minima"], strict=True):
        assert number[np.searchsorted(events, nu, side="right") - 1] == minima
    for branch in range(len(found.ending)):
        nu, energy, slope = knots(found, branch).T
        assert (np.diff(nu) > 0).all()
        # The trapezium of the slopes is the rise, to the order of the grid.
        rise = np.sum(np.diff(nu) * (slope[1:] + slope[:-1]) / 2)
        assert energy[-1] - energy[0] == pytest.approx(rise, abs=0.02)
    path = tmp_path / "two.nc"
    write_dataset(branches_dataset(model, follow_landscape(model, GRID[:2], 0.01), {}), path)
    assert [p.suffix for p in plot_branches(path).save(tmp_path / "drawn")] == [
        ".pdf",
        ".png",
        ".nc",
    ]
    with pytest.raises(InputError, match="would replace"):
        check_figure(tmp_path / "." / "two", [path])
    assert BRANCHES.open(path).sizes["field"] == 2
    write_dataset(branches_dataset(model, follow_landscape(model, [5.0, 4.0], 0.01), {}), path)
    assert all(p.exists() for p in plot_branches(path).save(tmp_path / "down"))


@pytest.mark.parametrize("unmatched", [0, 1])
def test_unmatched_minima_are_pointed_out(unmatched, capsys):
    names = ("followed", "born", "died", "minima", "census", "proven", "starts", "exact_mean")
    line = dict.fromkeys(names, 1)
    line |= {"nu": 0.5, "unseen": 0.0, "complete": True, "contradictions": unmatched}
    row = {"n": 8, "p": 3, "seed": 0, "branches": 1, "stalled": 0, "cut": False, "fields": [line]}
    print_summary(row)
    assert ("--proven" in capsys.readouterr().out) == bool(unmatched)


@pytest.mark.slow
def test_the_command_says_that_the_time_ended_a_census(tmp_path):
    words = [*FOLLOW[:-1], "0.002", "--out", str(tmp_path / "branches.nc")]
    early = run(*words, "--time-limit", "0s")
    assert "The time ended the last census: the same command again takes it anew" in early.stdout
    assert "The time was up after 0 of 4 fields, within the census of the next" in early.stdout
    assert BRANCHES.open(tmp_path / "branches.nc").sizes["field"] == 1
    later = run(*words)
    assert "0 of 4 fields are done already" in later.stderr
    assert "The time" not in later.stdout
    assert json.loads(run("show", str(tmp_path / "branches.nc"), "--json").stdout)["cut"] is False


@pytest.mark.slow
def test_a_time_limit_ends_the_command_early_and_says_so(tmp_path):
    words = ["follow", "--n", "8", "--fields", "3", "--unseen", "0.05"]
    path = tmp_path / "branches.nc"
    early = CliRunner().invoke(
        cli, [*words, "--time-limit", "0s", "--out", str(path)], catch_exceptions=False
    )
    assert "The time was up after 1 of 3 fields" in early.stdout
    assert BRANCHES.open(path).sizes["field"] == 1
    later = CliRunner().invoke(cli, [*words, "--out", str(path)], catch_exceptions=False)
    assert "The time was up" not in later.stdout
    assert BRANCHES.open(path).sizes["field"] == 3

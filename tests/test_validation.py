"""The comparison with theory: samples, files that resume, scores, the command and its figure."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, find_stationary_points
from spinglass.control import Control
from spinglass.errors import DamagedFileError, InputError
from spinglass.figures.validation_figure import side_by_side
from spinglass.files.toml import check_tables
from spinglass.search.census import take_census
from spinglass.search.coverage import richness
from spinglass.theory import (
    critical_field,
    mean_by_index,
    mean_minima,
    mean_minima_below,
    mean_stationary_points,
)
from spinglass.validation import (
    Comparison,
    Counted,
    Point,
    Quantity,
    Record,
    ValidationConfig,
    compare,
    plan_points,
    read_folder,
    read_record,
    scores_by_quantity,
    usual_rms,
    validate_point,
)
from spinglass.validation.compare import energy_of_share
from spinglass_cli.main import cli, main
from tests.marks import slow

SMALL = Point("stationary", 4, 3, 1.0, 12)


def named(rows):
    return {str(row.quantity): row for row in rows}


@pytest.mark.parametrize("n", [3, slow(4)])
def test_the_comparison_is_that_of_the_points_found(n):
    point = Point("stationary", n, 3, 1.0, 12)
    record = validate_point(point)
    assert record.complete.all()
    seeds = [point.sample_seed(k) for k in range(12)]
    found = [find_stationary_points(PSpin(n, 3, 1.0, seed)) for seed in seeds]
    rows = named(compare(point, record))
    counts = np.array([f.counts(n) for f in found], float)
    exact = mean_by_index(n, 3, 1.0)
    pooled = counts[:, 0] + counts[:, n - 1]
    assert rows["index 0"].found == pytest.approx(pooled.mean())
    assert rows["index 0"].error == pytest.approx(pooled.std(ddof=1) / math.sqrt(12))
    assert rows["index 0"].exact == pytest.approx(2 * exact[0])
    assert rows["index 0"].words == f"index 0, {n - 1}"
    if n == 3:
        assert rows["index 1"].found == pytest.approx(counts[:, 1].mean())
        assert rows["index 1"].exact == pytest.approx(exact[1])
    assert rows["all"].exact == pytest.approx(mean_stationary_points(n, 3, 1.0))
    below = energy_of_share(n, 3, 1.0, 0.5)
    minima = [np.sum((f.index == 0) & (f.energy <= below)) for f in found]
    assert rows["lowest 50% of minima"].found == pytest.approx(np.mean(minima))
    assert rows["lowest 50% of minima"].exact == pytest.approx(mean_minima_below(n, 3, 1.0, below))
    assert max(abs(row.z) for row in rows.values()) < 4


@pytest.mark.slow
def test_a_census_is_compared_with_the_minima_and_with_what_chao_adds():
    point = Point("minima", 10, 3, 0.3, 6, unseen=0.05)
    record = validate_point(point, control=Control(2))
    taken = [take_census(PSpin(10, 3, 0.3, point.sample_seed(k)), 0.05) for k in range(6)]
    rows = named(compare(point, record))
    assert np.array_equal(record.starts, [c.starts for c in taken])
    assert rows["minima"].found == pytest.approx(np.mean([len(c.energy) for c in taken]))
    assert rows["Chao1"].found == pytest.approx(
        np.mean([richness(c.count).estimate for c in taken])
    )
    assert rows["minima"].exact == pytest.approx(mean_minima(10, 3, 0.3))
    even = Point("minima", 5, 4, 0.0, 3, unseen=0.05)
    assert named(compare(even, validate_point(even)))["minima"].exact == pytest.approx(
        mean_minima(5, 4, 0.0) / 2
    )


@pytest.mark.slow
def test_samples_that_all_agree_have_no_score():
    point = Point("stationary", 3, 2, 0.0, 3)
    rows = named(compare(point, validate_point(point)))
    assert [rows[f"index {k}"].found for k in (0, 1)] == [4, 2]
    assert all(math.isnan(rows[name].z) for name in ("index 0", "index 1", "all"))
    assert "index 0" not in map(str, scores_by_quantity(rows.values()))


def test_scores_are_gathered_by_quantity():
    below = Quantity(Counted.BELOW, 0.25)
    rows = [Comparison(below, "", found, 1.0, 0.0) for found in (3.0, -4.0)]
    rows += [Comparison(Quantity(Counted.BELOW, 0.5), "", 1.0, 0.0, 0.0)]
    assert scores_by_quantity(rows) == {below: (2, pytest.approx(math.sqrt(12.5)), 4.0)}


@pytest.mark.parametrize("count", [3, 18])
def test_the_usual_range_holds_nineteen_rms_of_twenty(count):
    scores = np.random.default_rng(0).standard_normal((20_000, count))
    rms = np.sqrt(np.mean(scores**2, axis=1))
    low, high = usual_rms(count)
    assert np.mean((low < rms) & (rms < high)) == pytest.approx(0.95, abs=0.006)


def test_samples_of_different_points_are_independent_and_of_one_are_shared():
    def seed(*point):
        return Point(*point).sample_seed(0)

    seeds = {seed("stationary", n, p, nu, 2) for n in (3, 4) for p in (2, 3) for nu in (0.0, 1.0)}
    assert len(seeds) == 8
    assert seed("stationary", 4, 3, 0.0, 2) == seed("minima", 4, 3, 0.0, 9, 0, 0.1)
    assert seed("stationary", 4, 3, 0.0, 2) != Point("stationary", 4, 3, 0.0, 2, 1).sample_seed(0)


def same(one: Record, two: Record) -> bool:
    return all(np.array_equal(a, getattr(two, name)) for name, a in vars(one).items())


@pytest.mark.slow
def test_a_file_is_gone_on_with_and_does_not_depend_on_threads(tmp_path):
    fewer = Point("stationary", 4, 3, 1.0, 5)
    first = validate_point(fewer, tmp_path, control=Control(1))
    assert same(first, read_record(fewer, tmp_path))
    done = []
    whole = validate_point(SMALL, tmp_path, Control(2, tell=lambda event: done.append(event.done)))
    assert done == list(range(5, 13))
    assert same(whole, validate_point(SMALL, control=Control(1)))
    assert same(whole, read_record(SMALL, tmp_path))
    assert same(validate_point(fewer, tmp_path), first)
    assert [(point, record.samples) for point, record in read_folder(tmp_path)] == [(SMALL, 12)]


@pytest.mark.slow
def test_an_interruption_keeps_what_is_done(tmp_path):
    done = []

    def stop(event):
        done.append(event.done)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate_point(SMALL, tmp_path, Control(1, tell=stop))
    assert read_record(SMALL, tmp_path).samples == 3
    assert same(validate_point(SMALL, tmp_path), validate_point(SMALL))


@pytest.mark.slow
def test_a_damaged_file_is_noticed_and_done_again(tmp_path):
    whole = validate_point(SMALL, tmp_path)
    path = tmp_path / SMALL.file_name
    content = path.read_bytes()
    path.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    with pytest.raises(DamagedFileError):
        read_folder(tmp_path)
    assert same(validate_point(SMALL, tmp_path), whole)
    assert same(read_record(SMALL, tmp_path), whole)


def test_a_configuration_is_a_set_of_points():
    tables = {
        "stationary": [{"n": [4, 6], "p": [3, 4], "nu": [0, "critical"], "samples": 20}],
        "minima": [{"n": 30, "nu": 0.5, "unseen": 0.01}, {"n": 30, "nu": 0.5, "unseen": 0.01}],
    }
    points = plan_points(check_tables(tables, ValidationConfig, "table"))
    assert len(points) == 9
    assert points[3] == Point("stationary", 4, 4, critical_field(4), 20, method="homotopy")
    assert points[8] == Point("minima", 30, 3, 0.5, 100, 0, 0.01)
    assert len({point.file_name for point in points}) == 9


def test_without_a_method_it_is_the_usual_one_and_one_that_is_named_stays():
    grids = [{"n": [5, 16], "p": [3, 4]}, {"n": 5, "p": 3, "method": "search"}]
    points = plan_points(check_tables({"stationary": grids}, ValidationConfig, "table"))
    chosen = [(point.n, point.orders, point.method) for point in points]
    assert chosen == [
        (5, 3, "homotopy"),
        (5, 4, "homotopy"),
        (16, 3, "homotopy"),
        (16, 4, "search"),
        (5, 3, "search"),
    ]


@pytest.mark.parametrize(
    ("grid", "named"),
    [
        ({"n": 21, "method": "homotopy"}, "n"),
        ({"n": 5, "method": "guess"}, "method"),
        ({"n": 5, "samples": 1}, "samples"),
        ({"n": 5, "nu": "strong"}, "nu"),
        ({"n": 5, "nu": -1.0}, "nu"),
        ({"n": []}, "n"),
        ({"n": 5, "unseen": 0.1}, "unseen"),
    ],
)
def test_bad_grids_are_named(grid, named):
    with pytest.raises(InputError, match=rf"table: stationary\.0\.{named}: "):
        check_tables({"stationary": [grid]}, ValidationConfig, "table")


def test_minus_zero_is_the_same_point_as_zero():
    grid = {"stationary": [{"n": 3, "nu": [-0.0]}]}
    (point,) = plan_points(check_tables(grid, ValidationConfig, "test"))
    assert '"nu":0.0' in point.canonical()


def test_the_energy_of_a_share_is_where_the_share_is():
    for n, nu, share in [(8, 0.0, 0.25), (8, 1.0, 0.75)]:
        energy = energy_of_share(n, 3, nu, share)
        exact = mean_minima_below(n, 3, nu, energy) / mean_minima(n, 3, nu)
        assert exact == pytest.approx(share, abs=1e-4)


@pytest.mark.slow
def test_the_command_prints_scores_draws_and_resumes(tmp_path):
    words = ["validate", "--n", "3", "--nu", "0,1", "--samples", "12", "--out", str(tmp_path)]
    plain = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert "index 0, 2" in plain.stdout
    assert "all proven" in plain.stdout
    assert "rms" in plain.stdout
    assert (tmp_path / "validate.png").stat().st_size > 10_000
    again = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    rows = json.loads(again.stdout)
    assert [row["nu"] for row in rows] == [0, 1]
    line = named_rows(rows[1])["index 1"]
    assert line["exact"] == pytest.approx(mean_by_index(3, 3, 1.0)[1])
    assert f"{line['found']:.4f}" in plain.stdout
    drawn = ["figure", "validate", str(tmp_path), "--out", str(tmp_path / "again")]
    CliRunner().invoke(cli, drawn, catch_exceptions=False)
    assert (tmp_path / "again.pdf").is_file()


def named_rows(row):
    return {line["quantity"]: line for line in row["found"]}


@pytest.mark.slow
def test_the_command_takes_a_census_and_a_configuration(tmp_path):
    config = tmp_path / "small.toml"
    config.write_text("[[minima]]\nn = 8\nnu = 'critical'\nsamples = 4\nunseen = 0.05\n")
    read = ["validate", str(config), "--out", str(tmp_path / "a"), "--json"]
    words = ["validate", "--minima", "--n", "8", "--nu", "critical", "--samples", "4"]
    words += ["--unseen", "0.05", "--json"]
    one, two = (CliRunner().invoke(cli, w, catch_exceptions=False).stdout for w in (read, words))
    assert json.loads(one) == json.loads(two)
    assert json.loads(one)[0]["unseen"] == 0.05


@pytest.mark.parametrize(
    "words",
    [
        ("--n", "3", "--nu", "0;1"),
        ("--n", "3", "--samples", "1"),
        ("--n", "3", "--unseen", "0.1"),
        ("--nu", "1"),
        ("nothing.toml", "--n", "3"),
        ("nothing.toml",),
    ],
)
def test_bad_input_is_exit_code_two(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["validate", *words])
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_folder_without_points_is_said(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read_folder(tmp_path / "absent")
    with pytest.raises(InputError, match="no point"):
        read_folder(tmp_path)


def test_searches_of_large_samples_are_refused_and_paths_are_not():
    grid = {"n": [6, 17], "samples": 2}
    with pytest.raises(
        InputError, match=r"n must be at most 16 without method homotopy, got \[6, 17\]"
    ):
        check_tables({"stationary": [grid]}, ValidationConfig, "table")
    config = check_tables(
        {"stationary": [grid | {"method": "homotopy"}]}, ValidationConfig, "table"
    )
    assert [point.method for point in plan_points(config)] == ["homotopy", "homotopy"]


def test_samples_by_homotopy_are_the_same_landscapes_with_the_same_points(tmp_path):
    searched = Point("stationary", 4, 3, 1.0, 5)
    proven = replace(searched, method="homotopy")
    assert "method" not in searched.canonical()
    assert proven.file_name != searched.file_name
    assert Point.of(proven.canonical(), 5) == proven
    one, other = validate_point(searched), validate_point(proven, tmp_path)
    assert np.array_equal(one.seed, other.seed)
    assert np.array_equal(one.index, other.index)
    assert one.energy == pytest.approx(other.energy, abs=1e-9)
    assert read_record(proven, tmp_path).complete.all()


def test_ratios_of_equal_means_stand_side_by_side_and_others_where_they_are():
    places = side_by_side([4.0, 7.0, 4.0, 4.001, 31.0])
    assert places[1] == 7.0
    assert places[4] == 31.0
    near = [places[k] for k in (0, 2, 3)]
    assert near == sorted(near)
    assert np.prod(near) == pytest.approx(64.0, rel=1e-3)
    assert np.all(np.diff(np.log(near)) > 0.05)


def test_a_point_is_of_one_of_two_kinds():
    with pytest.raises(InputError, match="kind must be stationary or minima, got 'saddles'"):
        Point("saddles", 5, 3, 0.0, 2)

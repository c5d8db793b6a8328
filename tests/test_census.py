"""A census stops when it should, and its estimates are right where the truth is known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, descend
from spinglass.connections import connect_minima
from spinglass.contents.census_contents import summary, tables
from spinglass.contents.json_or_netcdf import write_as_named
from spinglass.control import Control
from spinglass.errors import InputError, SpinglassError
from spinglass.figures.ranks_figure import plot_ranks
from spinglass.files.store import read_dataset
from spinglass.following.whole_landscape import follow_landscape
from spinglass.search import Status, distinct_minima
from spinglass.search.census import Census, take_census
from spinglass.search.census_file import CENSUS, census_dataset
from spinglass.search.coverage import basin_entropy, richness, unseen_limit, unseen_share
from spinglass.search.proofs.certificates import prove_minima
from spinglass.theory import mean_minima
from spinglass_cli.main import cli


def geometric_draws(rng, total):
    weights = 0.9 ** np.arange(100)
    weights /= weights.sum()
    return np.bincount(rng.choice(100, size=total, p=weights), minlength=100), weights


def test_good_turing_estimates_the_weight_of_what_was_not_met():
    rng = np.random.default_rng(0)
    wrong = []
    for _ in range(400):
        draws, weights = geometric_draws(rng, 200)
        wrong.append(unseen_share(draws[draws > 0]) - weights[draws == 0].sum())
    assert abs(np.mean(wrong)) < 4 * np.std(wrong) / 20
    assert np.mean(wrong) + 0.02 > 4 * np.std(wrong) / 20


@pytest.mark.parametrize("total", [50, 200, 2000])
def test_the_unseen_weight_is_below_its_limit_in_nineteen_of_twenty(total):
    rng = np.random.default_rng(4)
    below, shares = [], []
    for _ in range(600):
        draws, weights = geometric_draws(rng, total)
        mean = weights @ (1.0 - weights) ** total
        below.append(mean <= unseen_limit(draws[draws > 0]))
        shares.append(mean <= unseen_share(draws[draws > 0]))
    assert np.mean(below) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 600)
    assert np.mean(shares) < 0.8  # the estimate itself is no limit


def test_the_limit_where_nothing_was_met_just_once():
    assert unseen_limit([500, 500]) == pytest.approx(-np.log(0.05) / 1000)


def test_nothing_met_is_no_knowledge_without_draws_and_some_with_them():
    assert np.isnan(unseen_share([]))
    assert unseen_limit([]) == 1.0
    assert unseen_share([], draws=1000) == 0.0
    assert unseen_limit([], draws=1000) == pytest.approx(-np.log(0.05) / 1000)
    assert unseen_share([1, 3], draws=10) == pytest.approx(0.1)
    assert unseen_limit([1, 3], draws=10) > unseen_limit([3], draws=10)
    assert unseen_limit([1, 1], draws=2) == 1.0
    nothing = richness([])
    assert (nothing.estimate, nothing.low) == (0.0, 0.0)
    assert np.isnan(nothing.high)
    with pytest.raises(InputError, match="draws"):
        unseen_share([1, 3], draws=3)


def test_a_census_in_which_no_descent_arrives_knows_nothing():
    found = take_census(PSpin.from_tensor(np.zeros((6, 6, 6))), 0.01, max_starts=300)
    assert (len(found.count), found.starts, found.complete) == (0, 300, False)
    assert found.unseen_limit == 1.0
    assert np.isnan([found.unseen, found.entropy, found.richness.high]).all()


def test_a_census_in_which_no_descent_arrives_ends():
    found = take_census(PSpin.from_tensor(np.eye(5)), 1e-3, max_starts=200_000)
    assert found.status[Status.DEGENERATE] == found.starts
    assert 3_000 <= found.starts < 10_000
    assert not found.complete


def test_the_command_says_that_nothing_is_known(monkeypatch):
    def stopped_short(model, starts, **words):
        ended = descend(model, starts, **words)
        return replace(ended, status=np.full_like(ended.status, Status.NOT_CONVERGED))

    monkeypatch.setattr("spinglass.search.census.descend", stopped_short)
    monkeypatch.setattr("spinglass_cli.progress.LINE_EVERY", 0.0)
    words = ["census", "--n", "6", "--max-starts", "300"]
    said = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert "unseen unknown (95 % limit 1.00e+00), Chao1 0.0, entropy unknown" in said.stderr
    assert "(Good-Turing)   unknown, 95 % limit 1.00e+00" in said.stdout
    assert "0.00 [0.00, unknown]" in said.stdout
    plain = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False).stdout
    row = json.loads(plain, parse_constant=pytest.fail)
    assert (row["unseen"], row["unseen_limit"], row["basin_entropy"]) == (None, 1.0, None)
    assert row["chao1_interval"] == [0.0, None]


def test_chao_lies_between_what_was_seen_and_the_truth_and_its_interval_covers_equal_weights():
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        draws = np.bincount(rng.integers(50, size=100))
        estimate = richness(draws[draws > 0])
        assert (draws > 0).sum() <= estimate.low <= estimate.estimate <= estimate.high
        covered.append(estimate.low <= 50 <= estimate.high)
    assert 0.88 < np.mean(covered) < 0.995
    rare = [geometric_draws(rng, 200)[0] for _ in range(300)]
    estimates = [richness(draws[draws > 0]).estimate for draws in rare]
    assert np.mean(estimates) < 100


def test_estimates_of_known_counts():
    assert unseen_share([1, 1, 2, 6]) == pytest.approx(0.2)
    assert richness([1, 1, 2, 6]).estimate == pytest.approx(4 + 0.9 * 4 / 2)
    assert richness([1, 1, 1, 7]).estimate == pytest.approx(4 + 0.9 * 3)
    assert richness([5, 5]).high == 2
    assert basin_entropy(np.full(8, 10**9)) == pytest.approx(np.log(8))
    with pytest.raises(InputError, match="counts"):
        richness([0, 3])


def test_entropy_is_corrected_for_the_sample():
    rng = np.random.default_rng(2)
    values = []
    for _ in range(200):
        draws = np.bincount(rng.integers(10, size=100))
        values.append(basin_entropy(draws[draws > 0]))
    error = np.std(values) / np.sqrt(200)
    assert abs(np.mean(values) - np.log(10)) < 5 * error < 0.045 / 5


@pytest.mark.parametrize(("p", "nu"), [(3, 0.4), (4, 0.0)])
def test_a_census_equals_one_long_descent(p, nu):
    model = PSpin(14, p, nu, 2)
    seen = []
    found = take_census(model, 0.003, control=Control(tell=lambda event: seen.append(event.found)))
    assert found.complete
    assert found.unseen <= 0.003
    assert not any(earlier.complete for earlier in seen[:-1])
    whole = distinct_minima(descend(model, found.starts), model.covariance.is_even)
    assert np.array_equal(found.count, whole.count)
    assert np.array_equal(found.spins, whole.spins)
    assert sum(found.status.values()) == found.starts


def test_one_minimum_is_believed_only_after_enough_starts():
    found = take_census(PSpin(10, 3, 6.0, 0), 0.001)
    assert len(found.count) == 1
    assert found.starts >= 1000


def test_a_budget_ends_it_and_is_reported():
    model = PSpin(40, 3, 0.0, 0)
    found = take_census(model, 1e-6, max_starts=300)
    assert (found.starts, found.complete) == (300, False)
    found = take_census(model, 1e-6, control=Control(max_seconds=1e-9))
    assert (found.starts, found.complete) == (256, False)


@pytest.mark.parametrize("unseen", [0.0, 1.0, -1, float("nan")])
def test_bad_shares_are_named(unseen):
    with pytest.raises(InputError, match="unseen"):
        take_census(PSpin(5, 3), unseen)


def test_the_command_says_what_was_found_and_proves_it(tmp_path):
    out = tmp_path / "minima.json"
    words = ["census", "--n", "12", "--nu", "0.3", "--unseen", "0.01", "--out", str(out)]
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert "Good-Turing" in result.output
    data = json.loads(out.read_text())
    assert len(data["points"]) == data["proven"] > 0
    assert sum(data["weights_by_rank"]) == pytest.approx(1)
    assert data["unseen"] < data["unseen_limit"] < 0.02
    plain = CliRunner().invoke(cli, [*words[:-2], "--json"], catch_exceptions=False).stdout
    assert json.loads(plain)["complete"] is True


@pytest.mark.slow
@pytest.mark.parametrize("cases", [[(10, 6.0)], [(12, 0.0), (12, 0.3), (2, 0.0)]])
def test_the_weights_are_drawn_by_rank(tmp_path, cases):
    files, weights = [], []
    for n, nu in cases:
        files.append(tmp_path / f"{n}-{nu:g}.json")
        words = ["census", "--n", str(n), "--nu", str(nu), "--unseen", "0.01"]
        CliRunner().invoke(cli, [*words, "--out", str(files[-1])], catch_exceptions=False)
        weights += json.loads(files[-1].read_text())["weights_by_rank"]
    words = ["figure", "ranks", *map(str, files), "--out", str(tmp_path / "ranks")]
    assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 0
    data = read_dataset(tmp_path / "ranks.nc")
    assert data["share"].values.tolist() == weights
    assert data["expected"].values == pytest.approx([mean_minima(n, 3, nu) for n, nu in cases])
    assert (data["rank"] == 1).sum() == len(cases)
    assert (tmp_path / "ranks.png").stat().st_size > 10_000


@pytest.mark.parametrize("text", ["[]", "{}", "no census", '{"weights_by_rank": []}'])
def test_what_is_no_census_is_not_drawn(tmp_path, text):
    path = tmp_path / "minima.json"
    path.write_text(text)
    with pytest.raises(SpinglassError, match=r"not a census|not valid JSON|n: Field required"):
        plot_ranks(path)


def test_a_census_comes_back_from_both_its_files(tmp_path):
    model = PSpin(10, 3, 0.3, 2)
    found = take_census(model, 0.01)
    proofs = prove_minima(model, found.spins)
    data = census_dataset(model, found, proofs, {"start_seed": 0})
    for name in ("minima.nc", "minima.json"):
        write_as_named(data, tmp_path / name, tables)
        back = CENSUS.open(tmp_path / name)
        assert summary(back) == summary(data)
        values = CENSUS.arrays(back)
        for each in ("spins", "energy", "gradient_norm", "lambda_min", "count"):
            assert np.array_equal(values[each], getattr(found, each))
        for each in ("proven", "distance", "near_degenerate"):
            assert values[each].tolist() == [getattr(proof, each) for proof in proofs]
    assert CENSUS.open(tmp_path / "minima.json").attrs["versions"] == "{}"  # it does not say
    whole = CENSUS.open(tmp_path / "minima.nc")
    assert whole.identical(data)
    assert whole.attrs["couplings_sha256"] == model.checksum()
    assert whole["alone_within"].values.tolist() == [proof.alone_within for proof in proofs]
    assert all(v.attrs["units"] and v.attrs["long_name"] for v in whole.variables.values())


@pytest.mark.parametrize("work", ["connect", "follow"])
def test_longer_work_tells_of_its_censuses(work):
    model, seen = PSpin(8, 3, 0.0, 1), []
    if work == "connect":
        connect_minima(model, control=Control(tell=seen.append))
    else:
        follow_landscape(model, [0.0, 0.5], 0.01, control=Control(tell=seen.append))
    censuses = [event for event in seen if isinstance(event.found, Census)]
    assert all(event.words == event.found.words for event in censuses)
    if work == "connect":
        assert [event.done for event in censuses] == [event.found.starts for event in censuses]
        assert {event.unit for event in seen} == {"starts", "searches"}
    else:  # of the fields, whatever is done for one of them
        assert {event.unit for event in seen} == {"fields"}
        assert [event.done for event in censuses].count(0) == len(censuses) / 2


def test_points_that_are_not_isolated_are_told(tmp_path, capsys):
    """-(u.x)^2 is lowest on the circle u.x = 0, and every descent ends on it."""
    u = np.random.default_rng(0).normal(size=3)
    path = tmp_path / "couplings.npy"
    np.save(path, -np.multiply.outer(u, u))
    census = take_census(PSpin.from_tensor(np.load(path)), 0.05, max_starts=300)
    assert census.status[Status.DEGENERATE] == census.starts
    assert "descents ended at points that are not isolated" in census.words
    assert census.facts()["not isolated"] == census.starts
    assert not census.complete
    cli.main(
        ["census", "--couplings", str(path), "--unseen", "0.05", "--max-starts", "300"],
        standalone_mode=False,
    )
    told = f"not isolated: {census.starts} descents ended where an eigenvalue vanishes"
    assert told in capsys.readouterr().out
    assert "not isolated" not in take_census(PSpin(6, 3), 0.05).words

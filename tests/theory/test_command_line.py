import json
import math

import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_info, threadpool_limits

from spinglass import theory as exact
from spinglass.covariance import Covariance
from spinglass.files.store import read_dataset
from spinglass.theory import (
    critical_field,
    ground_state_energy,
    mean_by_index_below,
    mean_minima_below,
)
from spinglass_cli.main import cli, main


def run(*words):
    result = CliRunner().invoke(cli, ["theory", *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def rows(*words):
    answer = json.loads(run(*words, "--json"), parse_constant=lambda word: pytest.fail(word))
    assert "arXiv" in answer["source"]
    return answer["rows"]


def test_counts():
    found = {row["points"]: row["mean"] for row in rows("counts", "--n", "30", "--p", "2")}
    assert found == {"minima": pytest.approx(2), "all": pytest.approx(60)}
    assert "arXiv:1307.2379" in " ".join(run("counts", "--n", "30").split())


def test_counts_of_one_index_and_below_an_energy():
    nu = str(critical_field(3))
    assert rows("counts", "--n", "9", "--nu", nu, "--index", "4")[0]["mean"] == pytest.approx(2)
    below = rows("counts", "--n", "20", "--index", "0", "--below", "-1.6")
    assert below[0]["mean"] == pytest.approx(mean_minima_below(20, 3, 0.0, -1.6))


def test_mixtures():
    law = Covariance.mixture({3: 1.0, 4: 1.0}, 0.5)
    words = ("--mixture", "3:1,4:1", "--nu", "0.5")
    (below,) = rows("counts", "--n", "9", *words, "--index", "2", "--below", "-1.5")
    expected = mean_by_index_below(9, law, None, -1.5)[2]
    assert below["mean"] == pytest.approx(expected, rel=1e-9)
    assert "mixture 3:1,4:1, nu = 0.5" in run("regime", "--n", "9", *words)
    state = rows("ground-state", *words)[0]
    assert state["ground_state_energy"] == pytest.approx(ground_state_energy(law))


def test_constants_say_what_is_known_and_why_the_rest_is_not():
    known = {row["constant"]: row for row in rows("constants", "--mixture", "3:1,4:1")}
    assert known["mode-coupling temperature T_d"]["value"] == pytest.approx(1.1386765662)
    assert not any(row["why_not"] for row in known.values())
    other = {row["constant"]: row for row in rows("constants", "--mixture", "2:1,6:1")}
    assert other["ground-state energy E_gs"]["value"] is None
    assert "got mixture 2:1,6:1" in other["ground-state energy E_gs"]["why_not"]
    assert "total complexity" in run("constants", "--nu", "1")
    said = run("constants", "--mixture", "2:1,6:1")
    assert said.count("continuous") == 1


def test_counts_beyond_doubles_are_null_in_json():
    total = rows("counts", "--n", "400", "--p", "60")[1]
    assert total["mean"] is None
    assert total["log_mean"] > 800


def test_complexity_regime_and_ground_state():
    assert rows("complexity", "--p", "3")[0]["layer_energy"] == pytest.approx(-1.6569983635)
    assert rows("complexity", "--nu", "3")[1]["layer_energy"] is None
    assert rows("regime", "--n", "100", "--nu", "9")[0]["regime"] == "trivial"
    state = rows("ground-state", "--nu", "5")[0]
    assert state["ground_state_energy"] == pytest.approx(-math.sqrt(28))


@pytest.mark.parametrize(
    "words",
    [
        ("counts", "--n", "1"),
        ("counts", "--n", "10", "--index", "10"),
        ("counts", "--n", "10", "--p", "3", "--mixture", "3:1"),
        ("counts", "--n", "10", "--mixture", "3"),
        ("constants", "--mixture", "1:1"),
        ("complexity", "--nu", "1", "--u", "nan"),
        ("regime", "--n", "10", "--p", "1"),
        ("ground-state", "--nu", "nan"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["theory", *words])
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.slow
def test_figures_carry_their_numbers(tmp_path):
    runner = CliRunner()
    out = str(tmp_path / "curve")
    result = runner.invoke(cli, ["figure", "complexity", "--out", out], catch_exceptions=False)
    assert result.exit_code == 0
    data = read_dataset(tmp_path / "curve.nc")
    assert float(data["layer_energy"][0]) == pytest.approx(-1.6569983635)
    words = ["figure", "phase", "--n", "10,20", "--out", str(tmp_path / "phase")]
    assert runner.invoke(cli, words, catch_exceptions=False).exit_code == 0
    data = read_dataset(tmp_path / "phase.nc")
    assert (tmp_path / "phase.png").stat().st_size > 10_000
    assert float(10 ** data["log10_minima"].sel(field=critical_field(3))[0]) == pytest.approx(2)


def test_figures_of_mixtures(tmp_path):
    for words in (("complexity", "--nu", "0.5"), ("phase", "--n", "5")):
        out = tmp_path / f"{words[0]}.nc"
        drawn = ["figure", *words, "--mixture", "3:1,4:0.5", "--out", str(out)]
        assert CliRunner().invoke(cli, drawn, catch_exceptions=False).exit_code == 0
        assert read_dataset(out).attrs["orders"] == "mixture 3:1,4:0.5"


@pytest.mark.parametrize("law", ["--p 3", "--mixture 3:1,4:1"])
def test_below_the_kauzmann_temperature_it_is_said_that_planting_is_no_equilibrium(law):
    covariance = Covariance.of(3) if "--p" in law else Covariance.parse("3:1,4:1")
    kauzmann = exact.kauzmann_temperature(covariance)
    words = "a planted configuration is not one of equilibrium"
    for factor, said in ((0.99, True), (1.0001, False)):
        command = f"inherent {law} --temperature {factor * kauzmann}"
        assert (words in run(*command.split())) == said
        assert len(rows(*command.split())) == 1
    assert f"T_K = {kauzmann:.6g}" in run(*f"inherent {law} --temperature 0.5".split())


def test_without_a_kauzmann_temperature_it_is_said_that_equilibrium_is_not_known():
    said = run("inherent", "--mixture", "2:1,3:0.1", "--temperature", "0.1")
    assert (
        "of equilibrium is not known: there are mode-coupling and Kauzmann temperatures where"
        in said
    )
    assert "below the Kauzmann" not in said


@pytest.mark.parametrize(
    ("hidden", "signal", "pinned"),
    [
        ("--spike 3:1.3", {3: 1.3}, False),
        ("--spike 1:0.7", {1: 0.7}, False),
        ("--planted 0.8", {1: 0.1125, 3: 1.25}, True),
        ("--planted 0.8 --unpinned", {1: 0.1125, 3: 1.25}, False),
    ],
)
def test_latitudes_beside_what_is_hidden(hidden, signal, pinned):
    words = f"latitude --n 6 --p 3 --nu 0.3 --index 0 --points 4 {hidden}".split()
    shown = rows(*words)
    m = [-0.75, -0.25, 0.25, 0.75]
    assert [row["overlap"] for row in shown] == m
    means = exact.latitude_means(6, Covariance.pure(3, 0.3), signal, m, 0, pinned=pinned)
    assert [row["density"] for row in shown] == means.density.tolist()
    assert [row["H/n"] for row in shown] == pytest.approx(means.energy.tolist(), abs=1e-9)
    assert "Relative error of the density: below" in run(*words)


def test_an_energy_that_a_symmetry_makes_zero_is_printed_as_zero():
    (row,) = rows(*["latitude", "--n", "8", "--p", "3", "--spike", "3:1.3", "--points", "1"])
    assert row["H/n"] == 0.0


def test_blas_keeps_to_one_thread_in_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(*words: object) -> float:
        seen.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return 0.0

    monkeypatch.setattr(exact, "log_mean_minima", watched)
    with threadpool_limits(2, "blas"):
        cli.main(["theory", "counts", "--n", "5", "--index", "0"], standalone_mode=False)
    assert seen
    assert set(seen) == {1}

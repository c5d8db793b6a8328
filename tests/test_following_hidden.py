"""Branches of minima over the field where a point is hidden in the landscape."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import descend, find_stationary_points, open_result
from spinglass.files.toml import SignalTable
from spinglass.following.annealing import anneal_field
from spinglass.following.annealing_file import ANNEALING
from spinglass.following.continuation import Ending
from spinglass.following.curve import Curve
from spinglass.following.kantorovich import lipschitz_constant
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape import draw_landscape, overlap
from spinglass.landscape.geometry import retract
from spinglass.search.descent import Status
from spinglass.search.minima import group_points
from spinglass.signals import Planted, Spike
from spinglass_cli.main import cli, main
from tests.marks import slow

SIGNALS = [Spike(3, 1.3), Spike(1, 0.7), Planted(0.8), Planted(0.8, False)]
GRID = [0.0, 0.7, 1.4, 2.1]


@pytest.fixture(params=SIGNALS, ids=lambda signal: signal.label)
def model(request):
    return draw_landscape(6, "3:1,4:0.5", 4, request.param)


@pytest.mark.parametrize("unit", [1.0, 4.0])
def test_the_derivative_of_the_equations_knows_what_the_field_does_to_the_hidden_point(model, unit):
    curve = Curve(model.in_unit(unit))
    rng = np.random.default_rng(0)
    w = curve.place(retract(rng.standard_normal((3, 6))), np.array([0.4, 1.1, 2.0]) / unit)
    border, step = np.zeros_like(w), 1e-6
    matrix = curve.bordered(w, border)[1]
    for column in range(w.shape[1]):
        away = np.zeros(w.shape[1])
        away[column] = step
        ahead, back = (curve.bordered(w + sign * away, border)[0] for sign in (1.0, -1.0))
        slope = (ahead - back) / (2.0 * step)
        assert slope == pytest.approx(matrix[:, :-1, column], abs=1e-7)


def test_where_the_equations_vanish_the_gradient_does(model):
    x = retract(np.random.default_rng(1).standard_normal((2, 6)))
    curve, nu = Curve(model), np.array([0.3, 1.7])
    value = curve.bordered(curve.place(x, nu), np.zeros((2, 8)))[0][:, :6]
    for row, strength in enumerate(nu.tolist()):
        slope = model.at_field(strength).riemannian_gradient(x[row])
        assert np.sqrt(6.0) * value[row] == pytest.approx(slope, abs=1e-12)


@pytest.mark.parametrize(
    "model",
    [SIGNALS[0], slow(SIGNALS[1]), SIGNALS[2], slow(SIGNALS[3])],
    ids=lambda signal: signal.label,
    indirect=True,
)
def test_at_every_field_the_branches_are_all_the_minima_and_slopes_are_derivatives(model):
    branches = follow_landscape(model, GRID, 0.01)
    assert not branches.contradictions.any()
    assert (branches.ending != Ending.STALLED).all()
    for place, nu in enumerate(GRID):
        every = find_stationary_points(model.at_field(nu), 0, sweep=512).spins
        mine = branches.spins[branches.present[:, place], place]
        assert len(mine) == len(every)
        assert group_points(np.concatenate([every, mine])).max() + 1 == len(every)
    near = follow_landscape(model, [0.7, 0.7 + 1e-4], 0.01)
    both = near.present.all(axis=1)
    change = np.diff(near.energy[both], axis=1)[:, 0] / 1e-4
    assert change == pytest.approx(near.slope[both].mean(axis=1), abs=1e-6)


def test_the_bound_of_the_second_derivative_holds_the_bend_of_planting():
    model = draw_landscape(6, 3, 4, Planted(0.01))
    curve, plain = Curve(model), Curve(draw_landscape(6, 3, 4))
    w = curve.place(retract(np.ones((1, 6))), np.array([0.5]))
    border = np.zeros_like(w)
    away = np.zeros(8)
    away[-1] = 0.25
    change = curve.bordered(w + away, border)[1] - curve.bordered(w, border)[1]
    assert np.linalg.norm(change[0], 2) == pytest.approx(0.25 * 200.0)
    assert np.linalg.norm(change[0], 2) <= 0.25 * lipschitz_constant(curve)
    assert lipschitz_constant(plain) < 200.0


def run(*words):
    return CliRunner().invoke(cli, ["follow", "--n", "8", "--to", "2", "--fields", "3", *words])


@pytest.mark.slow
def test_the_command_tells_overlaps_and_no_mean_of_other_landscapes(tmp_path):
    out = tmp_path / "branches.nc"
    said = run("--spike", "3:1.5", "--seed", "2", "--out", str(out))
    assert said.exit_code == 0
    assert "spike=3:1.5" in said.output
    assert "exact mean" not in said.output
    shown = run("--spike", "3:1.5", "--seed", "2", "--json")
    lines = json.loads(shown.output)["fields"]
    model = draw_landscape(8, 3, 2, Spike(3, 1.5))
    branches = open_result(out)
    for place, line in enumerate(lines):
        lowest = np.nanargmin(branches.energy[:, place])
        alone = overlap(branches.spins[lowest, place], model.hidden)
        assert line["lowest_overlap"] == pytest.approx(float(alone), abs=1e-12)
        assert line["exact_mean"] is None


@pytest.mark.slow
def test_a_file_of_another_hidden_point_is_not_gone_on_with(tmp_path, capsys):
    """A spike of order 1 leaves the couplings as they are."""
    out = str(tmp_path / "branches.nc")
    assert run("--out", out).exit_code == 0
    for other in (["--spike", "1:0.7"], ["--planted", "0.8"]):
        with pytest.raises(SystemExit) as ended:
            main(["follow", "--n", "8", "--to", "2", "--fields", "3", *other, "--out", out])
        assert ended.value.code == 2
        assert "is of another run" in capsys.readouterr().err
    assert run("--out", out).exit_code == 0


def test_a_table_that_does_not_say_so_is_of_a_pinned_point():
    assert SignalTable(p=3, planted=0.8).signal == Planted(0.8)
    assert SignalTable(p=3, planted=0.8, pinned=0).signal == Planted(0.8, False)


def annealed(*words):
    return CliRunner().invoke(cli, ["anneal", "--n", "10", "--starts", "20", *words])


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".nc", ".json"])
@pytest.mark.parametrize("signal", [Spike(3, 2.0), Planted(0.8, False)])
def test_annealed_samples_tell_their_overlaps_and_go_on(signal, ending, tmp_path):
    words = ["--spike", "3:2"] if isinstance(signal, Spike) else ["--planted", "0.8", "--unpinned"]
    out = str(tmp_path / f"annealed{ending}")
    assert annealed(*words, "--samples", "2", "--out", out).exit_code == 0
    assert "2 samples are done already" in annealed(*words, "--samples", "3", "--out", out).stderr
    refused = annealed("--samples", "3", "--out", out)
    assert "is of another run" in str(refused.exception)
    start = json.loads(annealed(*words, "--samples", "3", "--json").stdout)["start"]
    data = ANNEALING.open(out)
    for sample in range(3):
        model = draw_landscape(10, 3, sample, signal)
        slid = anneal_field(model, start)
        assert data["overlap"][sample] == pytest.approx(overlap(slid.spins, model.hidden))
        plain = descend(model, 20)
        minima = plain.spins[plain.status == Status.MINIMUM]
        lowest = minima[np.argmin(model.energy(minima))]
        assert data["lowest_overlap"][sample] == pytest.approx(overlap(lowest, model.hidden))
    shown = CliRunner().invoke(cli, ["show", out]).output
    assert signal.label in shown
    assert "ground state" not in shown
    assert f"{float(data['overlap'].mean()):.4f}" in shown

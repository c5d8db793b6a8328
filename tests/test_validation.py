"""The comparison with theory, as a function and as a command."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, find_stationary_points
from spinglass.errors import InputError
from spinglass.theory import mean_by_index, mean_stationary_points
from spinglass.validation import validate_counts
from spinglass_cli.main import cli, main


def test_counts_are_pooled_once_each():
    for n in (3, 4):
        result = validate_counts(n, 3, 1.0, 20, sweep=128)
        assert result.incomplete == 0
        assert result.exact.sum() == pytest.approx(mean_stationary_points(n, 3, 1.0))
        found = [find_stationary_points(PSpin(n, 3, 1.0, s), sweep=128) for s in range(20)]
        assert result.found.sum() == pytest.approx(np.mean([len(f.energy) for f in found]))
        assert np.abs(result.z).max() < 4


def test_samples_that_all_agree_have_no_score():
    result = validate_counts(3, 2, 0.0, 3, sweep=64)
    assert result.found.tolist() == [4, 2]
    assert np.isnan(result.z).all()


def test_the_command_prints_scores():
    words = ["validate", "--n", "3", "--nu", "0,1", "--samples", "12", "--json"]
    rows = json.loads(CliRunner().invoke(cli, words, catch_exceptions=False).stdout)
    assert [row["nu"] for row in rows] == [0, 1]
    assert rows[1]["indices"][1]["exact"] == pytest.approx(mean_by_index(3, 3, 1.0)[1])
    plain = CliRunner().invoke(cli, words[:-1], catch_exceptions=False).stdout
    assert "z " in plain
    assert "index 0, 2" in plain


@pytest.mark.parametrize("words", [("--n", "3", "--nu", "0;1"), ("--n", "3", "--samples", "1")])
def test_bad_input_is_exit_code_two(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["validate", *words])
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_bad_samples_are_named():
    with pytest.raises(InputError, match="samples"):
        validate_counts(3, 3, 0.0, 1)

"""Numbers as text: ASCII digits without underscores, whatever else Python would read."""

from collections.abc import Iterator

import click
import pytest

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.signals import Spike
from spinglass_cli.main import cli, main

WIDE = "\uff13"


def all_parameters(command: click.Command) -> Iterator[tuple[click.Command, click.Parameter]]:
    """Yield every parameter of a command and of those below it."""
    yield from ((command, parameter) for parameter in command.params)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from all_parameters(inner)


@pytest.mark.parametrize(
    "text", ["3:1_0", f"{WIDE}:1", f"3:{WIDE}", "3:1,4:1_0", "3:0x1", "3:1e1_0"]
)
def test_mixtures_and_spikes_take_plain_digits_alone(text):
    with pytest.raises(InputError, match=r"written order:weight.*got"):
        Covariance.parse(text)
    with pytest.raises(InputError, match="order:strength"):
        Spike.parse(text)


@pytest.mark.parametrize("word", ["1", "1.", ".5", "0.5", "1e-3", "1E+2", "+2"])
def test_numbers_of_every_plain_form_are_read(word):
    assert Covariance.parse(f"3:{word}").weights == ((3, float(word)),)


def test_infinity_is_read_and_refused_by_its_bound():
    with pytest.raises(InputError, match="weight c_p"):
        Covariance.parse("3:inf")


def test_a_mapping_is_sent_to_mixture():
    with pytest.raises(InputError, match=r"Covariance\.mixture.*got \{2: 1, 3: 1\}"):
        Covariance.of({2: 1, 3: 1})


@pytest.mark.parametrize("field", ["1_0", WIDE])
def test_lists_of_the_command_line_take_plain_digits_alone(field, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["validate", "--n", "5", "--nu", field, "--samples", "2"])
    assert caught.value.code == 2
    assert "digits 0-9" in capsys.readouterr().err


NUMBERS = (click.types.IntParamType, click.types.FloatParamType)
OPTIONS = [
    (command, parameter)
    for command, parameter in all_parameters(cli)
    if isinstance(parameter.type, NUMBERS)
]


@pytest.mark.parametrize("word", ["1_0", WIDE])
def test_every_number_of_the_command_line_is_written_in_plain_digits(word):
    assert len(OPTIONS) > 60
    for command, parameter in OPTIONS:
        with pytest.raises(click.BadParameter, match="digits 0-9") as refused:
            parameter.type(word, parameter, click.Context(command))
        assert refused.value.message.endswith(f"got {word!r}")


def test_numbers_of_the_command_line_keep_their_bounds():
    (threads,) = (p for command, p in OPTIONS if (command.name, p.name) == ("sample", "threads"))
    assert threads.type("4096", threads, None) == 4096
    with pytest.raises(click.BadParameter, match="1<=x<=4096"):
        threads.type("0", threads, None)

"""The options that choose the covariance: an order or a mixture of orders, and the field."""

import functools
from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]

default_option = functools.partial(click.option, show_default=True)
"""An option whose help shows its default."""

DEFAULT_ORDER = 3


def covariance_options(command: Command) -> Command:
    """Add --p, --mixture and --nu; pass them to the command as one argument, ``covariance``."""
    field = default_option("--nu", default=0.0, help="Field strength.")
    return mixture_options(field(command))


def mixture_options(command: Command) -> Command:
    """Add --p and --mixture; pass them to the command as ``covariance``, with its --nu if any."""

    @click.option("--p", type=int, help="Order of a pure model.  [default: 3]")
    @click.option(
        "--mixture", metavar="P:W,P:W", help="Orders and their weights c_p^2, as in 3:1,4:0.5."
    )
    @functools.wraps(command)
    def with_covariance(
        *words: Any, p: int | None, mixture: str | None, nu: float = 0.0, **options: Any
    ) -> Any:
        from spinglass.checks import field_strength
        from spinglass.covariance import Covariance
        from spinglass.errors import InputError

        if p is not None and mixture is not None:
            raise InputError(
                f"--p and --mixture exclude each other, got --p {p} and --mixture {mixture}"
            )
        if mixture is not None:
            covariance = Covariance.parse(mixture, nu)
        else:
            covariance = Covariance.of(DEFAULT_ORDER if p is None else p, field_strength(nu))
        return command(*words, covariance=covariance, **options)

    return with_covariance

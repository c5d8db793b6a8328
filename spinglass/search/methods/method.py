"""A method of descent: its name, a sentence about it, its function, and the cost of a start."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinglass.landscape.model import Landscape
    from spinglass.search.descent import Descent
    from spinglass.search.methods.request import Request


@dataclass(frozen=True)
class Method:
    """A method of descent.

    Attributes
    ----------
    name : str
        Its name.
    sentence : str
        What it does, for the help of options.
    home : str
        Module and function, as ``flow.follow``, imported only when the method is first used.
    step_seconds : float
        Seconds of one core for a step without its gradient, on the machine of the fit
        (`spinglass.search.descent_cost`).
    gradients : callable
        Returns how many gradients a start needs, given the number that the flow's scale suggests.
    arguments : tuple of float
        Arguments of the function after the landscape and the request.
    """

    name: str
    sentence: str
    home: str
    step_seconds: float
    gradients: Callable[[float], float]
    arguments: tuple[float, ...] = ()

    @property
    def run(self) -> "Callable[[Landscape, Request], Descent]":
        """The function that descends, on a landscape whose unit is 1."""
        module, _, function = self.home.partition(".")
        descend = getattr(import_module(f"spinglass.search.methods.{module}"), function)
        return lambda model, request: descend(model, request, *self.arguments)

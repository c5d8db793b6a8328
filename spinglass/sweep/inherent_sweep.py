"""Inherent structures as a sweep: descents on planted samples, each from its planted point.

The inherent structure of a configuration is the minimum in which gradient descent from it ends.
Planted points are in equilibrium (`spinglass.signals`), so that no sample needs equilibrating.
"""

from collections.abc import Sequence

from spinglass.checks import LARGEST_INTEGER, LARGEST_SIZE, each_once, integer_at_least
from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.signals import Planted
from spinglass.sweep.job import Begin
from spinglass.sweep.plan import MOST_JOBS
from spinglass.sweep.sweep_config import SweepConfig


def inherent_sweep(
    n: int | Sequence[int],
    covariance: Covariance | Name,
    temperatures: Sequence[float],
    samples: int,
    *,
    seed: int = 0,
    pinned: bool = True,
) -> SweepConfig:
    """Return the sweep that finds the inherent structures of equilibrium at given temperatures.

    Parameters
    ----------
    n : int or sequence of int
        Numbers of spins, each once.
    covariance : Covariance, int or str
        Orders and weights, without field (`spinglass.covariance.Covariance.of`).
    temperatures : sequence of float
        T, each once, from 1e-6 to 1e6.  All share the same noise and the same planted points.
    samples : int
        Samples of disorder at each size and temperature.
    seed : int
        Seed of the first sample.
    pinned : bool
        Whether the energy of every planted point is set to its mean, -xi(1) / T.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    law = Covariance.of(covariance)
    if law.nu:
        raise InputError(f"inherent structures are found without field, got nu = {law.nu:g}")
    given = [n] if isinstance(n, int) else n
    sizes = [integer_at_least("n", size, 2, LARGEST_SIZE) for size in given]
    count = integer_at_least("samples", samples, 1, MOST_JOBS)
    first = integer_at_least("seed", seed, 0, LARGEST_INTEGER - count)
    seeds = list(range(first, first + count))
    if not sizes or not len(temperatures):
        raise InputError(
            "n and temperatures must have at least one value each, "
            f"got {sizes} and {list(temperatures)}"
        )
    each_once("n", sizes)
    each_once("temperatures", list(temperatures))
    planted = {"planted": [Planted(each).temperature for each in temperatures], "pinned": pinned}
    return SweepConfig.model_validate(
        {
            "landscape": {"n": sizes, **law.named, "seeds": seeds, **planted},
            "field": {"nu": 0.0},
            "descent": {"begin": Begin.HIDDEN},
        }
    )

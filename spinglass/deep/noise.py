"""The baseline: gradient noise drawn afresh at every step.

Neelakantan et al., arXiv:1511.06807, eq. (1): N(0, sigma_t^2) is added to every gradient with
sigma_t^2 = eta / (1 + t)^gamma at step t.  Noise that is drawn anew at every step does not tilt the
landscape in any direction, so comparing it with AnnealSGD separates the effect of the field from
that of mere noise.
"""

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from spinglass.checks import finite_at_least, positive_number
from spinglass.deep.field import normal_like, torch_generator
from spinglass.deep.perturbed import PerturbedOptimizer
from spinglass.deep.schedules import Power, Schedule


class AnnealedGradientNoise(PerturbedOptimizer):
    """Any torch optimizer, with annealed Gaussian noise added to its gradients.

    Parameters
    ----------
    base : torch.optim.Optimizer
        The optimizer that takes the steps.
    eta : float
        Variance at the first step, at least 0, in absolute units.
    gamma : float
        Exponent with which the variance decays, above 0.
    seed : int
        Seed of the noise. The noise of step t is derived from (seed, t), so a resumed run gets the
        same noise as an uninterrupted one.

    See Also
    --------
    matched : noise with the strength, unit and schedule of an `AnnealSGD`.
    """

    def __init__(
        self,
        base: Optimizer,
        eta: float = 0.01,
        gamma: float = 0.55,
        seed: int = 0,
        **options: Any,
    ) -> None:
        decay = Power(1.0, positive_number("gamma", gamma) / 2)
        given = {"schedule": decay, "scale": 1.0, "steps_per_epoch": 1, **options}
        super().__init__(base, math.sqrt(finite_at_least("eta", eta, 0.0)), seed=seed, **given)

    @classmethod
    def matched(
        cls,
        base: Optimizer,
        nu: float = 1.0,
        schedule: str | Schedule = "exponential",
        seed: int = 0,
        **options: Any,
    ) -> "AnnealedGradientNoise":
        """Return noise as strong as the field of an `AnnealSGD` with the same arguments."""
        given = {"scale": None, "steps_per_epoch": None, **options}
        return cls(base, finite_at_least("nu", nu, 0.0) ** 2, seed=seed, schedule=schedule, **given)

    def directions(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return the noise of this step, determined by the seed and the step."""
        generator = torch_generator(self.seed, self.steps)
        return [normal_like(parameter, generator) for parameter in parameters]

"""AnnealSGD: train in a landscape tilted by a fixed random field, and let the field fade.

The loss is perturbed as the Hamiltonian is, L~(w) = L(w) + nu_k h.w with h ~ N(0, I) drawn once,
so nu_k h is added to every gradient before the base optimizer sees it; nu_k decays from about the
critical field to 0 (Chaudhari & Soatto, arXiv:1511.06485).
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from spinglass.deep.field import FieldDirection
from spinglass.deep.perturbed import PerturbedOptimizer
from spinglass.deep.schedules import Schedule


class AnnealSGD(PerturbedOptimizer):
    """Any torch optimizer, in a random magnetic field that is annealed to zero.

    >>> optimizer = AnnealSGD(torch.optim.Adam(model.parameters()))  # doctest: +SKIP
    >>> optimizer.calibrate(model, loader, torch.nn.functional.cross_entropy)  # doctest: +SKIP

    The parameters are those of `PerturbedOptimizer`.  The direction h is drawn when it is first
    needed and takes as much memory as the parameters.  It is not part of ``state_dict``: after
    loading, it is drawn again from its seed.

    Notes
    -----
    After ``step`` the gradients still include the field, as the base optimizer saw them.  Clip
    gradients before ``step``, because ``step`` adds the field.  With `torch.amp.GradScaler` the
    field is added to the unscaled gradient, whatever the loss scale.
    """

    def __init__(
        self,
        base: Optimizer,
        nu: float = 1.0,
        schedule: str | Schedule = "exponential",
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(base, nu, schedule, seed, **options)
        self._forget()

    def directions(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return the one fixed direction h."""
        return self._field.of(parameters)

    def _forget(self) -> None:
        self._field = FieldDirection(self.seed)

"""What AnnealSGD and gradient noise share: an optimizer around an optimizer, with a clock.

The wrapper adds ``strength * direction`` to every gradient and then lets the base optimizer take
its step.  It shares the base's parameter groups and state, so schedulers, ``zero_grad``, hooks
and gradient scalers act on the base through it.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from spinglass.deep.calibration import Batch, GradientScale, Loss, gradient_scale
from spinglass.deep.field import check_parameter, cosine, inner
from spinglass.deep.schedules import Schedule, resolve_schedule
from spinglass.errors import InputError

_KEY = "perturbation"
_SCALINGS = ("global", "layer")


class PerturbedOptimizer(Optimizer):
    """An optimizer that sees every gradient shifted by ``strength * direction``.

    Parameters
    ----------
    base : torch.optim.Optimizer
        Takes the steps. Its groups and state are shared, not copied.
    nu : float
        Strength at the start, in units of the critical field, at least 0.
    schedule : str or callable
        Factor of ``nu`` as a function of time in epochs, see `spinglass.deep.schedules`.
    seed : int
        Fixes the random directions, at least 0.
    tau : float, optional
        Time constant in epochs of a schedule given by name.
    scaling : {"global", "layer"}
        One unit for all parameters, or one for each parameter tensor.
    scale : float, optional
        The unit nu_c itself, instead of `calibrate`.
    steps_per_epoch : int, optional
        Length of an epoch; `calibrate` takes it from ``len(loader)`` where it is not given.
    """

    def __init__(
        self,
        base: Optimizer,
        nu: float = 1.0,
        schedule: str | Schedule = "exponential",
        seed: int = 0,
        *,
        tau: float | None = None,
        scaling: str = "global",
        scale: float | None = None,
        steps_per_epoch: int | None = None,
    ) -> None:
        _check(base, nu, seed, scaling, scale, steps_per_epoch)
        self.base = base
        self.nu = float(nu)
        self.schedule = resolve_schedule(schedule, tau)
        self.seed = seed
        self.scaling = scaling
        self.steps_per_epoch = steps_per_epoch
        self.scales: list[float] | None = None if scale is None else [float(scale)]
        self.steps = 0
        super().__init__(base.param_groups, base.defaults)
        self._share()
        for parameter in self._parameters():
            check_parameter(parameter)

    @abstractmethod
    def directions(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return the direction in use at this step, N(0, 1) entries, one tensor a parameter."""

    @property
    def field_strength(self) -> float:
        """Strength of the coming step in units of the critical field: nu times the schedule."""
        return self.nu * self.schedule(self.epoch) if self.nu else 0.0

    @property
    def epoch(self) -> float:
        """Time in epochs, the clock of the schedule."""
        if self.steps_per_epoch is None:
            raise InputError("unknown epoch length: calibrate, or give steps_per_epoch")
        return self.steps / self.steps_per_epoch

    def alignment(self) -> float:
        """Return |h.w| / (|h| |w|) over all parameters; its chance level is 1/sqrt(N)."""
        parameters = self._parameters()
        return cosine(self.directions(parameters), parameters)

    def calibrate(
        self, model: nn.Module, loader: Iterable[Batch], loss: Loss, batches: int = 8
    ) -> GradientScale:
        """Measure the gradient and set the unit nu_c = sqrt(p - 2) rms gradient from it.

        Parameters and errors are those of `spinglass.deep.calibration.gradient_scale`.
        """
        measured = gradient_scale(model, loader, loss, batches)
        if self.scaling == "global":
            self.scales = [measured.factor * measured.rms]
        else:
            self.scales = [
                measured.factor * measured.layers.get(p, 0.0) for p in self._parameters()
            ]
        if self.steps_per_epoch is None and isinstance(loader, Sized):
            self.steps_per_epoch = len(loader)
        return measured

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Shift the gradients and let the base optimizer take its step.

        Parameters
        ----------
        closure : callable, optional
            Clears the gradients, evaluates the loss and its gradients, returns the loss. The base
            is given the perturbed loss L + nu h.w with its gradient, so that line searches are
            consistent; what is returned is the plain loss at its first evaluation.

        Raises
        ------
        InputError
            If the field's unit or the length of an epoch is needed and unknown.
        """
        shifts = self._shifts()
        if closure is None:
            if shifts:
                self._add(shifts)
            result = self.base.step()
        else:
            result = self._step_with(closure, shifts)
        self.steps += 1
        return result

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of the base optimizer's parameters."""
        self.base.zero_grad(set_to_none)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group to the base; its directions follow those of the earlier groups."""
        if "base" in self.__dict__ and self.param_groups is self.base.param_groups:
            self.base.add_param_group(param_group)
        else:
            super().add_param_group(param_group)

    def state_dict(self) -> dict[str, Any]:
        """Return the base's state and the clock, seed, strength and unit, but not h itself."""
        own = {
            "steps": self.steps,
            "seed": self.seed,
            "nu": self.nu,
            "scaling": self.scaling,
            "scales": self.scales,
            "steps_per_epoch": self.steps_per_epoch,
        }
        return {**self.base.state_dict(), _KEY: own}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; a schedule is not part of it, as in torch's own.

        Raises
        ------
        InputError
            If the state was saved by an optimizer without a field.
        """
        if _KEY not in state_dict:
            raise InputError(f"this optimizer state has no {_KEY!r}: it was saved without a field")
        self.base.load_state_dict({k: v for k, v in state_dict.items() if k != _KEY})
        for name, value in state_dict[_KEY].items():
            setattr(self, name, value)
        self._forget()
        self._share()

    def __getstate__(self) -> dict[str, Any]:
        own = ("base", "nu", "schedule", "seed", "scaling", "steps_per_epoch", "scales", "steps")
        return {**super().__getstate__(), **{name: self.__dict__[name] for name in own}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._forget()
        self._share()

    def _forget(self) -> None:
        """Drop what was derived from the seed, after the seed may have changed."""

    def _share(self) -> None:
        """Hold the base's own lists; loading a state gives the base new ones."""
        self.param_groups = self.base.param_groups
        self.state = self.base.state
        self.defaults = self.base.defaults

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def _shifts(self) -> list[float]:
        """Return the absolute strength for each parameter, or nothing where the field is off."""
        strength = self.field_strength
        if not math.isfinite(strength):
            raise InputError(f"the schedule gave a field of {strength} at epoch {self.epoch}")
        if strength == 0.0:
            return []
        if self.scales is None:
            raise InputError("the field has no unit yet: call calibrate(model, loader, loss)")
        count = len(self._parameters())
        scales = self.scales * count if len(self.scales) == 1 else self.scales
        if len(scales) != count:
            raise InputError(
                f"per-layer scales for {len(scales)} tensors, {count} parameters: calibrate again"
            )
        return [strength * scale for scale in scales]

    @torch.no_grad()
    def _add(self, shifts: list[float]) -> None:
        """Add the field to every gradient that exists, in place."""
        parameters = self._parameters()
        rows = [
            (p.grad, h, shift)
            for p, h, shift in zip(parameters, self.directions(parameters), shifts, strict=True)
            if p.grad is not None
        ]
        if any(gradient.layout != torch.strided for gradient, _, _ in rows):
            raise InputError("the field needs dense gradients (got sparse ones)")
        if len({shift for _, _, shift in rows}) == 1:
            torch._foreach_add_([g for g, _, _ in rows], [h for _, h, _ in rows], alpha=rows[0][2])
        else:
            for gradient, direction, shift in rows:
                gradient.add_(direction, alpha=shift)

    def _step_with(self, closure: Callable[[], Any], shifts: list[float]) -> Any:
        plain: list[Any] = []

        def perturbed() -> Any:
            with torch.enable_grad():
                loss = closure()
            plain.append(loss)
            if not shifts:
                return loss
            self._add(shifts)
            parameters = self._parameters()
            field = self.directions(parameters)
            energy = sum(
                shift * inner([h], [p])
                for p, h, shift in zip(parameters, field, shifts, strict=True)
            )
            return loss + energy

        self.base.step(perturbed)
        return plain[0] if plain else None


def _check(
    base: Optimizer,
    nu: float,
    seed: int,
    scaling: str,
    scale: float | None,
    steps_per_epoch: int | None,
) -> None:
    """Refuse arguments that cannot be meant."""
    if not isinstance(base, Optimizer):
        raise InputError(f"base must be a torch.optim.Optimizer (got {type(base).__name__})")
    if not (math.isfinite(nu) and nu >= 0):
        raise InputError(f"nu must be finite and at least 0 (got {nu!r})")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed must be an integer of at least 0 (got {seed!r})")
    if scaling not in _SCALINGS:
        raise InputError(f"unknown scaling {scaling!r} (allowed: {', '.join(_SCALINGS)})")
    if scale is not None and not (math.isfinite(scale) and scale > 0):
        raise InputError(f"scale must be finite and positive (got {scale!r})")
    if steps_per_epoch is not None and steps_per_epoch < 1:
        raise InputError(f"steps_per_epoch must be at least 1 (got {steps_per_epoch!r})")

"""The common base class of AnnealSGD and gradient noise: an optimizer that wraps another.

The wrapper adds ``strength * direction`` to every gradient and then lets the base optimizer take
its step.  It counts the steps, because the strength depends on time.  It shares the parameter
groups and the state of the base, so schedulers, ``zero_grad`` and gradient scalers act on the base
through the wrapper.  The base may itself be such a wrapper.
"""

import math
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from spinglass.deep.calibration import GradientScale, LabelledBatch, Loss, gradient_scale
from spinglass.deep.field import check_parameter, cosine, inner, is_sharded
from spinglass.deep.field_state import KEY, clean_record, given_scales, split_record, with_record
from spinglass.deep.schedules import Schedule, resolve_schedule
from spinglass.errors import InputError

_RECORDED = ("steps", "seed", "nu", "scaling", "scales", "steps_per_epoch")


class PerturbedOptimizer(Optimizer):
    """An optimizer whose base sees every gradient shifted by ``strength * direction``.

    Parameters
    ----------
    base : torch.optim.Optimizer
        The optimizer that takes the steps. Its groups and state are shared, not copied.
    nu : float
        Strength at the start, in units of the critical field, at least 0.
    schedule : str or callable
        The factor that multiplies ``nu``, as a function of time in epochs; see
        `spinglass.deep.schedules`.
    seed : int
        Seed of the random directions, at least 0.
    tau : float, optional
        Time constant in epochs of a schedule given by name.
    scaling : {"global", "layer"}
        Whether all parameters share one unit of the field or each tensor has its own.
    scale : float, optional
        The unit nu_c, if it is not to be measured with `calibrate`.
    steps_per_epoch : int, optional
        Number of steps in an epoch. If not given, `calibrate` takes it from ``len(loader)``.
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
        if not isinstance(base, Optimizer):
            raise InputError(f"base must be a torch.optim.Optimizer, got {type(base).__name__}")
        for group in base.param_groups:
            _check_parameters(group["params"])
        self.base = base
        self.schedule = resolve_schedule(schedule, tau)
        self._set(
            clean_record(
                {
                    "steps": 0,
                    "seed": seed,
                    "nu": nu,
                    "scaling": scaling,
                    "scales": given_scales(scale),
                    "steps_per_epoch": steps_per_epoch,
                }
            )
        )
        super().__init__(base.param_groups, base.defaults)
        self._follow_base()

    def _set(self, record: dict[str, Any]) -> None:
        self.steps: int = record["steps"]
        self.seed: int = record["seed"]
        self.nu: float = record["nu"]
        self.scaling: str = record["scaling"]
        self.scales: list[float] | None = record["scales"]
        self.steps_per_epoch: int | None = record["steps_per_epoch"]

    @abstractmethod
    def directions(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return this step's direction: a tensor of N(0, 1) numbers for each parameter."""

    @property
    def field_strength(self) -> float:
        """Field of the next step, nu times the schedule, in units of the critical field."""
        if not self.nu:
            return 0.0
        factor = self.schedule(self.epoch)
        try:
            return self.nu * float(factor)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the schedule must give finite numbers, got {factor!r} at epoch {self.epoch}"
            ) from error

    @property
    def epoch(self) -> float:
        """Time in epochs, on which the schedule depends."""
        if self.steps_per_epoch is None:
            raise InputError(
                "steps_per_epoch must be given, or calibrated with a loader that has a length, "
                "got None"
            )
        return self.steps / self.steps_per_epoch

    def alignment(self) -> float:
        """Return |h.w| / (|h| |w|) over all N parameters; for a random w, about 1/sqrt(N)."""
        parameters = self._parameters()
        return cosine(self.directions(parameters), parameters)

    def calibrate(
        self, model: nn.Module, loader: Iterable[LabelledBatch], loss: Loss, batches: int = 8
    ) -> GradientScale:
        """Measure the gradient and set the field's unit, nu_c = sqrt(p - 2) x its rms.

        Parameters and errors are those of `spinglass.deep.calibration.gradient_scale`.  If
        ``steps_per_epoch`` was not given, it becomes the length of the loader, if the loader has
        one.
        """
        measured = gradient_scale(model, loader, loss, batches)
        if self.scaling == "global":
            self.scales = [measured.factor * measured.rms]
        else:
            self.scales = [
                measured.factor * measured.layers.get(p, 0.0) for p in self._parameters()
            ]
        if self.steps_per_epoch is None:
            self.steps_per_epoch = _length(loader)
        return measured

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Shift the gradients and let the base optimizer take its step.

        Parameters
        ----------
        closure : callable, optional
            Clears the gradients, evaluates the loss and its gradients, and returns the loss. The
            base gets the perturbed loss L + nu h.w with its gradient, so that line searches are
            consistent. If the closure returns something other than a number, such as None, the
            base gets that unchanged.

        Returns
        -------
        object
            What the closure returned at its first evaluation, without the field.

        Raises
        ------
        InputError
            If the field's unit or the number of steps in an epoch is needed but not known.
        """
        if closure is None:
            if self._only_creates_state():
                return self.base.step()
            self._perturb()
            result = self.base.step()
        else:
            result = self._step_with(closure)
        self.steps += 1
        return result

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of all parameters."""
        self.base.zero_grad(set_to_none)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group to the base; the directions of other groups do not change."""
        if self.param_groups is self.base.param_groups:
            added = param_group["params"]
            if isinstance(added, Iterator):
                added = param_group["params"] = list(added)
            _check_parameters([added] if isinstance(added, Tensor) else added)
            self.base.add_param_group(param_group)
        else:  # the constructor of torch's Optimizer, which takes in the base's groups
            super().add_param_group(param_group)

    def state_dict(self) -> dict[str, Any]:
        """Return the base's state with the step count, seed, strength and unit of the field.

        The direction h is not included, since the seed determines it.
        """
        for before in self._optimizer_state_dict_pre_hooks.values():
            before(self)
        record = clean_record({name: getattr(self, name) for name in _RECORDED})
        state = with_record(self.base.state_dict(), {"kind": type(self).__name__, **record})
        for after in self._optimizer_state_dict_post_hooks.values():
            state = _or_same(after(self, state), state)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state returned by `state_dict`; the schedule is not part of it.

        Raises
        ------
        InputError
            If the state was not saved by the same kind of wrapper, nested as deep as this one.
        """
        state = dict(state_dict)
        for before in self._optimizer_load_state_dict_pre_hooks.values():
            state = _or_same(before(self, state), state)
        record, rest = split_record(state, self._depth, type(self).__name__)
        self.base.load_state_dict(rest)
        self._set(record)
        self._forget()
        self._share()
        for after in self._optimizer_load_state_dict_post_hooks.values():
            after(self)

    def __getstate__(self) -> dict[str, Any]:
        own = ("base", "schedule", *_RECORDED)
        return {**super().__getstate__(), **{name: self.__dict__[name] for name in own}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._forget()
        self._follow_base()

    def _forget(self) -> None:
        """Discard what was derived from the seed, because the seed may have changed."""

    def _follow_base(self) -> None:
        """Share the base's groups and state, now and whenever a state is loaded into the base."""
        self._share()
        wrapper = weakref.ref(self)

        def share(base: Optimizer) -> None:
            optimizer = wrapper()
            if optimizer is not None:
                optimizer._share()

        self._innermost.register_load_state_dict_post_hook(share)

    def _share(self) -> None:
        """Use the lists of the innermost base; loading a state gives it new ones."""
        innermost = self._innermost
        self.param_groups = innermost.param_groups
        self.state = innermost.state
        self.defaults = innermost.defaults
        # The key must exist here: torch.distributed.checkpoint reads a flat state by the live keys.
        self.param_groups[0][KEY] = None

    @property
    def _innermost(self) -> Optimizer:
        return self.base._innermost if isinstance(self.base, PerturbedOptimizer) else self.base

    @property
    def _depth(self) -> int:
        """Number of perturbed optimizers from here to the innermost base."""
        return 1 + (self.base._depth if isinstance(self.base, PerturbedOptimizer) else 0)

    @torch.compiler.disable
    def _only_creates_state(self) -> bool:
        """Return whether this step serves only to make the base create its state.

        torch.distributed.checkpoint takes such a step, with a learning rate of 0 and gradients of
        0, if an optimizer has no state yet.  It must not advance the time, and a field must not
        enter the base's moments.
        """
        if self.state or any(group.get("lr", 1.0) != 0 for group in self.param_groups):
            return False
        gradients = [p.grad for p in self._parameters() if p.requires_grad]
        return bool(gradients) and all(
            g is not None and g.layout == torch.strided and not g.any() for g in gradients
        )

    @torch.compiler.disable
    def _perturb(self) -> None:
        """Add the field of this step to the gradients."""
        shifts = self._shifts()
        if shifts:
            self._add(shifts)

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def _shifts(self) -> list[float]:
        """Return the absolute strength for each parameter, or an empty list if all are zero."""
        strength = self.field_strength
        if not math.isfinite(strength):
            raise InputError(f"the schedule must give finite numbers, got a field of {strength}")
        if strength == 0.0:
            return []
        if self.scales is None:
            raise InputError(
                "the field must have a unit, from calibrate(model, loader, loss) or scale, got none"
            )
        count = len(self._parameters())
        scales = self.scales * count if len(self.scales) == 1 else self.scales
        if len(scales) != count:
            raise InputError(
                "scales must be one for each of the parameters, or one for all (calibrate again), "
                f"got {len(scales)} for {count}"
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
            raise InputError("the field needs dense gradients, got sparse ones")
        alike = len({shift for _, _, shift in rows}) == 1
        if alike and not any(is_sharded(gradient) for gradient, _, _ in rows):
            torch._foreach_add_([g for g, _, _ in rows], [h for _, h, _ in rows], alpha=rows[0][2])
        else:
            for gradient, direction, shift in rows:
                gradient.add_(direction, alpha=shift)

    @torch.compiler.disable
    def _step_with(self, closure: Callable[[], Any]) -> Any:
        shifts = self._shifts()
        plain: list[Any] = []

        def perturbed() -> Any:
            with torch.enable_grad():
                loss = closure()
            plain.append(loss)
            if not shifts:
                return loss
            self._add(shifts)
            if not isinstance(loss, Tensor | Real):
                return loss
            parameters = self._parameters()
            field = self.directions(parameters)
            energy = sum(
                shift * inner([h], [p])
                for p, h, shift in zip(parameters, field, shifts, strict=True)
            )
            return loss + energy

        self.base.step(perturbed)
        return plain[0] if plain else None


def _check_parameters(parameters: Iterable[Any]) -> None:
    """Raise an `InputError` if a field cannot be added to one of the (named) parameters."""
    for parameter in parameters:
        tensor = parameter[1] if isinstance(parameter, tuple) else parameter
        if isinstance(tensor, Tensor):  # the base refuses anything else
            check_parameter(tensor)


def _length(loader: Iterable[LabelledBatch]) -> int | None:
    """Return the number of minibatches, or None if the loader does not know it."""
    try:
        return len(loader) if isinstance(loader, Sized) else None
    except (TypeError, NotImplementedError):  # a DataLoader of an IterableDataset
        return None


def _or_same(returned: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the state that a hook returned, or the given one if it returned None."""
    return given if returned is None else returned

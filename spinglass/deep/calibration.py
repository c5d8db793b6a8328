"""The unit of the field: the strength at which it is comparable to a network's gradient.

In the spherical glass a component of the gradient has standard deviation sqrt(p) and the
critical field is nu_c = sqrt(p (p - 2)), so nu_c is sqrt(p - 2) root-mean-square gradients.
That ratio is carried over to a network with p weight layers.
"""

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spinglass.checks import positive_integer
from spinglass.deep.field import check_parameter, is_sharded, total
from spinglass.errors import InputError

Loss = Callable[[Tensor, Tensor], Tensor]
LabelledBatch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class GradientScale:
    """Root-mean-square gradients of a network at its current weights.

    Attributes
    ----------
    rms : float
        Root mean square over all trainable parameters.
    layers : dict of Tensor to float
        Root mean square over each parameter tensor.
    depth : int
        Number p of weight layers: trainable tensors with at least two axes.
    batches : int
        Number of minibatches. The squared gradients of single minibatches are averaged, rather
        than squaring the averaged gradient.
    """

    rms: float
    layers: dict[Tensor, float]
    depth: int
    batches: int

    @property
    def factor(self) -> float:
        """The ratio nu_c / rms = sqrt(p - 2) of the spherical glass.

        Raises
        ------
        InputError
            With fewer than three weight layers, where the glass has no critical field.
        """
        if self.depth < 3:
            raise InputError(
                "the network must have p >= 3 weight layers for a critical field sqrt(p (p - 2)), "
                f"unless scale is given, got {self.depth}"
            )
        return math.sqrt(self.depth - 2)


def gradient_scale(
    model: nn.Module, loader: Iterable[LabelledBatch], loss: Loss, batches: int = 8
) -> GradientScale:
    """Measure the root-mean-square gradient over a few minibatches, leaving the model as it was.

    Gradients, buffers (such as running means of batch normalisation) and torch's random state are
    restored afterwards.  The model is run in its current mode (``train`` or ``eval``).  If several
    processes share the model (`fully_shard`, `DistributedDataParallel`), all of them must call this
    function, and the gradient is averaged over them.

    Parameters
    ----------
    model : torch.nn.Module
        The network; to calibrate a field, at its initial weights.
    loader : iterable of (inputs, targets)
        Minibatches; at most ``batches`` of them are used.
    loss : callable
        Returns a scalar tensor from ``(outputs, targets)``.
    batches : int
        Number of minibatches to average over, at least 1.

    Raises
    ------
    InputError
        If there is no minibatch or no trainable parameter, or the gradient is zero or not finite.
    """
    batches = positive_integer("batches", batches)
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise InputError("calibrating the field needs a model with parameters to train, got none")
    for parameter in parameters:
        check_parameter(parameter)
    kept = [p.grad for p in parameters]
    buffers = copy.deepcopy(dict(model.named_buffers()))
    try:
        with torch.random.fork_rng(devices=[]):
            squares, seen = _mean_squares(model, parameters, loader, loss, batches)
    finally:
        for parameter, gradient in zip(parameters, kept, strict=True):
            parameter.grad = gradient
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                buffer.copy_(buffers[name])
    return _summarise(parameters, squares, seen)


def _mean_squares(
    model: nn.Module,
    parameters: list[Tensor],
    loader: Iterable[LabelledBatch],
    loss: Loss,
    batches: int,
) -> tuple[list[float], int]:
    """Return each tensor's sum of squared gradients, averaged over the minibatches used."""
    sums = [0.0] * len(parameters)
    seen = 0
    device = parameters[0].device
    shared = isinstance(model, nn.parallel.DistributedDataParallel) or any(
        is_sharded(parameter) for parameter in parameters
    )
    for inputs, targets in loader:
        value = loss(model(inputs.to(device)), targets.to(device))
        for position, gradient in enumerate(_gradients(value, parameters, shared)):
            if gradient is not None:
                sums[position] += float(total(gradient.double().square()))
        seen += 1
        if seen >= batches:
            break
    return [each / max(seen, 1) for each in sums], seen


def _gradients(loss: Tensor, parameters: list[Tensor], shared: bool) -> Sequence[Tensor | None]:
    """Return the gradient of each parameter, averaged over the processes that share the model.

    Only a full backward pass averages over processes; it leaves the result in ``.grad``.
    """
    if loss.numel() != 1:
        raise InputError(f"the loss must be a single number, got shape {tuple(loss.shape)}")
    if not shared:
        return torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter in parameters:
        parameter.grad = None
    loss.backward()
    return [parameter.grad for parameter in parameters]


def _summarise(parameters: list[Tensor], squares: list[float], seen: int) -> GradientScale:
    if seen == 0:
        raise InputError("calibrating the field needs at least one minibatch, got none")
    rms = math.sqrt(math.fsum(squares) / max(sum(p.numel() for p in parameters), 1))
    if not (math.isfinite(rms) and rms > 0):
        raise InputError(f"the gradient's rms at the start must be finite and above 0, got {rms!r}")
    layers = {
        p: math.sqrt(square / max(p.numel(), 1))
        for p, square in zip(parameters, squares, strict=True)
    }
    depth = sum(p.ndim >= 2 for p in parameters)
    return GradientScale(rms=rms, layers=layers, depth=depth, batches=seen)

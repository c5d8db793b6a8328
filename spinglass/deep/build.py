"""Build the network and the optimizer that a configuration describes."""

import torch
from torch import nn
from torch.optim import Optimizer

from spinglass.deep.anneal_sgd import AnnealSGD
from spinglass.deep.data import Images
from spinglass.deep.networks import AllCNN, lenet, mnistfc
from spinglass.deep.noise import AnnealedGradientNoise
from spinglass.deep.perturbed import PerturbedOptimizer
from spinglass.deep.training_config import MethodSection, NetworkSection


def build_network(section: NetworkSection, images: Images) -> nn.Module:
    """Return the network that a configuration names, for images of this shape."""
    channels, side = images.train.shape[1:3]
    if section.name == "mnistfc":
        inputs = channels * side * side
        return mnistfc(inputs, 10, section.depth, section.width or 64, section.init)
    if section.name == "lenet":
        network: nn.Module = lenet(side, channels, dropout=section.dropout)
    else:
        network = AllCNN(channels, width=section.width or 96, dropout=section.dropout)
    return network.to(memory_format=torch.channels_last)


def build_optimizer(method: MethodSection, model: nn.Module, seed: int) -> PerturbedOptimizer:
    """Return the method's optimizer.

    A plain method gets an `AnnealSGD` with nu = 0, whose steps equal the base's bit for bit.
    """
    rate, decay = method.learning_rate, method.weight_decay
    base: Optimizer
    if method.optimizer == "sgd":
        base = torch.optim.SGD(
            model.parameters(), rate, method.momentum, weight_decay=decay, nesterov=False
        )
    elif method.optimizer == "adamw":
        base = torch.optim.AdamW(model.parameters(), rate, weight_decay=decay, fused=True)
    else:
        base = torch.optim.Adam(model.parameters(), rate, weight_decay=decay, fused=True)
    options = {"tau": method.tau, "scaling": method.scaling}
    if method.kind == "noise":
        return AnnealedGradientNoise.matched(base, method.nu, method.schedule, seed, **options)
    nu = method.nu if method.kind == "annealsgd" else 0.0
    return AnnealSGD(base, nu, method.schedule, seed, **options)

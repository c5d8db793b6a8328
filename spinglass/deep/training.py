"""One training run of a network with a method and a seed, and its labelled record.

The seed determines the initial weights and the order of the minibatches.  Both are the same for
every method, so that methods can be compared in pairs.  All recorded properties of the gradient
are those of the plain gradient, before the field is added.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.deep.build import build_network, build_optimizer
from spinglass.deep.checkpoint import (
    load_checkpoint,
    random_state,
    save_checkpoint,
    set_random_state,
)
from spinglass.deep.data import Images
from spinglass.deep.field import torch_generator
from spinglass.deep.run_file import TRAINING
from spinglass.deep.training_config import MethodSection, TrainConfig
from spinglass.errors import InputError

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_RECORDED = ("rows", "errors", "spreads", "seconds")
_INIT, _ORDER, _FIELD, _FLIP, _DROPOUT = range(5)


def train(
    config: TrainConfig,
    method: MethodSection,
    index: int,
    images: Images,
    device: str = "cpu",
    checkpoint: Path | None = None,
    control: Control = FREE,
) -> xr.Dataset | None:
    """Train one network with one method and one seed.

    Parameters
    ----------
    config, method : TrainConfig, MethodSection
        The experiment, and the one of its methods to use.
    index : int
        Index of the seed among the configuration's seeds.
    images : Images
        The data.
    device : str
        A torch device.
    checkpoint : Path, optional
        File to which the run saves its state after each epoch. If the file exists, the run resumes
        from it, bit for bit. The caller removes the file.
    control : Control
        Asked before every epoch but the first, and told of the epochs done. Its threads are not
        used: set those of torch with `torch.set_num_threads`.

    Returns
    -------
    xarray.Dataset
        For each ``epoch``, from 0 before the first step: test_error. For each ``trained_epoch``:
        log10_gradient, quantiles over its recorded steps of log10 of each layer's mean absolute
        gradient; nan if none is recorded. For each ``step``: loss (mean since the last record of
        the epoch), min_gradient, alignment and field_strength. None if the control was spent
        before the last epoch.
    """
    seed = config.training.seed
    keys = [torch_generator(seed, index, use).initial_seed() for use in range(5)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keys[_INIT])
        model = build_network(config.network, images).to(device)
        torch.manual_seed(keys[_DROPOUT])
        run = _TrainingLoop(config, method, keys, model, images, device)
        return run.all_epochs(control, checkpoint)


class _TrainingLoop:
    """The training loop of one run and its records."""

    def __init__(
        self,
        config: TrainConfig,
        method: MethodSection,
        keys: list[int],
        model: nn.Module,
        images: Images,
        device: str,
    ) -> None:
        self.settings = config.training
        self.model, self.keys, self.device = model, keys, device
        # Channels last is the fastest layout for convolutions on one thread.
        flat = config.network.name == "mnistfc"
        self.images = images.to(device, torch.contiguous_format if flat else torch.channels_last)
        if len(self.images.train) < self.settings.batch:
            raise InputError(
                f"training.batch must be at most the number of images {len(self.images.train)},"
                f" got {self.settings.batch}"
            )
        self.steps_per_epoch = len(self.images.train) // self.settings.batch
        self.weights = [(n, p) for n, p in model.named_parameters() if p.ndim >= 2]
        self.optimizer = build_optimizer(method, model, keys[_FIELD])
        self.optimizer.steps_per_epoch = self.steps_per_epoch
        if self.optimizer.nu:
            self.optimizer.calibrate(model, self._batches(0), cross_entropy)
        total = self.settings.epochs * self.steps_per_epoch
        drop = max(1, round(self.settings.drop_after * total))
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(
            self.optimizer, [drop], self.settings.learning_rate_drop
        )
        self.rows: list[tuple[float, ...]] = []
        self.errors: list[float] = []
        self.spreads: list[list[list[float]]] = []
        self.seconds = 0.0

    def all_epochs(self, control: Control, checkpoint: Path | None) -> xr.Dataset | None:
        """Train to the end and return the record."""
        kept = load_checkpoint(checkpoint) if checkpoint is not None else None
        if kept is not None:
            self._restore(kept)
        else:
            self.errors.append(self._test_error())
        epochs = self.settings.epochs
        for epoch in range(len(self.spreads), epochs):
            if epoch and control.spent:
                return None
            start = time.perf_counter()
            loss, spread = self._epoch(epoch)
            self.errors.append(self._test_error())
            self.spreads.append(spread)
            self.seconds += time.perf_counter() - start
            if checkpoint is not None and epoch + 1 < epochs:
                save_checkpoint(checkpoint, self._state(epoch + 1))
            words = f"loss {loss:.4f}, test error {100 * self.errors[-1]:.2f} %"
            control.tell(Progress(epoch + 1, epochs, WorkUnit.EPOCHS, words))
        return self._record()

    def _state(self, epoch: int) -> dict[str, Any]:
        """Return everything that the rest of the run depends on, and the records so far."""
        steps = ("last_epoch", "_step_count", "_last_lr")
        return {
            "epoch": epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": {name: self.scheduler.state_dict()[name] for name in steps},
            "random": random_state(self.device),
            **{name: getattr(self, name) for name in _RECORDED},
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        set_random_state(self.device, state["random"])
        for name in _RECORDED:
            setattr(self, name, state[name])

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(
            len(self.images.train), generator=torch_generator(self.keys[_ORDER], epoch)
        ).to(self.device)
        mirror = torch_generator(self.keys[_FLIP], epoch)
        for step in range(self.steps_per_epoch):
            chosen = order[step * self.settings.batch : (step + 1) * self.settings.batch]
            inputs = self.images.train[chosen]
            if self.settings.flip:
                turn = (torch.rand(len(inputs), generator=mirror) < 0.5).to(self.device)
                inputs = torch.where(turn[:, None, None, None], inputs.flip(3), inputs)
            yield inputs, self.images.train_labels[chosen]

    def _epoch(self, epoch: int) -> tuple[float, list[list[float]]]:
        self.model.train()
        window: list[Tensor] = []
        epoch_loss: list[Tensor] = []
        gradients: list[Tensor] = []
        for inputs, labels in self._batches(epoch):
            self.optimizer.zero_grad()
            loss = cross_entropy(self.model(inputs), labels)
            loss.backward()
            window.append(loss.detach())
            if self.optimizer.steps % self.settings.record_every == 0:
                gradients.append(self._layer_gradients())
                self._note(window, gradients[-1])
                epoch_loss += window
                window = []
            self.optimizer.step()
            self.scheduler.step()
        spread = [[math.nan] * len(QUANTILES)] * len(self.weights)
        if gradients:
            quantiles = torch.tensor(QUANTILES)
            spread = torch.log10(torch.stack(gradients)).quantile(quantiles, dim=0).T.tolist()
        return float(torch.stack(epoch_loss + window).mean()), spread

    def _layer_gradients(self) -> Tensor:
        """Return the mean absolute plain gradient of each weight layer."""
        means = [p.grad.abs().mean() for _, p in self.weights if p.grad is not None]
        return torch.stack(means).clamp_min(1e-38).cpu()

    def _note(self, window: list[Tensor], layers: Tensor) -> None:
        optimizer = self.optimizer
        self.rows.append(
            (
                optimizer.steps,
                float(torch.stack(window).mean()),
                float(layers.min()),
                optimizer.alignment(),
                optimizer.field_strength,
            )
        )

    @torch.no_grad()
    def _test_error(self) -> float:
        self.model.eval()
        wrong = sum(
            int((self.model(inputs).argmax(1) != labels).sum())
            for inputs, labels in zip(
                self.images.test.split(1000), self.images.test_labels.split(1000), strict=True
            )
        )
        return wrong / len(self.images.test)

    def _record(self) -> xr.Dataset:
        steps, loss, gradient, alignment, strength = np.array(self.rows).T
        count = sum(p.numel() for p in self.model.parameters())
        values = {
            "epoch": np.arange(len(self.errors)),
            "trained_epoch": np.arange(1, len(self.errors)),
            "step": steps,
            "layer": [name for name, _ in self.weights],
            "quantile": QUANTILES,
            "test_error": self.errors,
            "log10_gradient": self.spreads,
            "loss": loss,
            "min_gradient": gradient,
            "alignment": alignment,
            "field_strength": strength,
        }
        known = {
            "parameters": count,
            "steps_per_epoch": self.steps_per_epoch,
            "unit": (self.optimizer.scales or [float("nan")])[0],
            "seconds": self.seconds,
        }
        return TRAINING.dataset(values, known)

"""The sections and keys of an experiment's TOML file."""

from typing import Literal, Self

from pydantic import Field, model_validator

from spinglass.files.toml import Section


class DataSection(Section):
    """The data set, and how many of its first images to use (all of them by default)."""

    name: Literal["digits", "mnist", "cifar10"] = "digits"
    train_images: int | None = Field(default=None, ge=1)
    test_images: int | None = Field(default=None, ge=1)


class NetworkSection(Section):
    """The network.

    ``depth`` and ``init`` apply only to mnistfc, ``width`` to mnistfc and allcnn_bn, ``dropout`` to
    lenet and allcnn_bn.
    """

    name: Literal["mnistfc", "lenet", "allcnn_bn"]
    depth: int = Field(default=20, ge=1)
    width: int | None = Field(default=None, ge=1)
    init: Literal["default", "he"] = "default"
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)


class TrainingSection(Section):
    """Settings shared by all runs.

    The k-th seed is derived from ``seed`` and k, so it is the same for every method.
    """

    epochs: int = Field(ge=1)
    batch: int = Field(default=128, ge=1)
    learning_rate_drop: float = Field(default=0.1, gt=0.0, le=1.0)
    drop_after: float = Field(default=2 / 3, gt=0.0, le=1.0)
    record_every: int = Field(default=20, ge=1)
    flip: bool = False
    seeds: int = Field(ge=1)
    seed: int = Field(default=0, ge=0)


class MethodSection(Section):
    """One optimizer: plain, in an annealed field, or with resampled noise of the same strength."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    kind: Literal["plain", "annealsgd", "noise"]
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(default=1e-3, gt=0.0)
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    weight_decay: float = Field(default=0.0, ge=0.0)
    nu: float = Field(default=1.0, ge=0.0)
    schedule: Literal["exponential", "linear", "step", "power"] = "exponential"
    tau: float = Field(default=0.5, gt=0.0)
    scaling: Literal["global", "layer"] = "global"


class TrainConfig(Section):
    """A grid of methods by seeds on one network and one data set."""

    data: DataSection = DataSection()
    network: NetworkSection
    training: TrainingSection
    methods: list[MethodSection] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [method.name for method in self.methods]
        if len(set(names)) != len(names):
            raise ValueError(f"the names of methods must differ, got {', '.join(names)}")
        return self

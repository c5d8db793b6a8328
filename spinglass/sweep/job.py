"""A job: a set of parameters, whose hash is its name."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from spinglass.covariance import Covariance, Name
from spinglass.errors import DamagedFileError
from spinglass.signals import SIGNAL_KEYS, Signal, signal_said_by

JOB_FILES = "n*-nu*-seed*.nc"
"""Pattern of the names of result files."""


def check_name(attributes: Mapping[str, Any], path: Path) -> None:
    """Refuse the result of a job in a file named after another job.

    Raises
    ------
    DamagedFileError
        If the file name lacks the identity of the job.
    """
    if attributes.get("job_identity", "") not in path.name:
        raise DamagedFileError(
            f"{path} is the result of another job; run the sweep again to repair it"
        )


class Begin(StrEnum):
    """Where descents begin: at random points, or at the point hidden in the landscape."""

    RANDOM = "random"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Job:
    """One landscape at one field strength, and how it is sampled.

    Attributes
    ----------
    n : int
        Spins.
    orders : int or str
        The order of a pure model, or a mixture (`spinglass.covariance.Name`).
    seed : int
        Seed of the landscape.
    nu : float
        Field strength.
    regime : str
        The regime that the field stands for; empty if the field was given as a number.
    starts, start_seed, method, tol, max_gradients
        As in `spinglass.descend`.
    signal : Signal or None
        What is hidden in the landscape.
    begin : Begin
        Where the descents begin; ``HIDDEN`` has the hidden point as its only start.
    """

    n: int
    orders: Name
    seed: int
    nu: float
    regime: str
    starts: int
    start_seed: int
    method: str
    tol: float
    max_gradients: int
    signal: Signal | None = None
    begin: Begin = Begin.RANDOM

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the job described by a table as in `canonical`, with its ``p`` or ``mixture``."""
        named = ("p", "mixture", *SIGNAL_KEYS)
        rest = {key: value for key, value in table.items() if key not in named}
        rest["begin"] = Begin(table.get("begin", Begin.RANDOM))
        return cls(orders=Covariance.said_by(table).name, signal=signal_said_by(table), **rest)

    @property
    def covariance(self) -> Covariance:
        """The covariance of its landscape."""
        return Covariance.of(self.orders, self.nu)

    @property
    def has_pairs(self) -> bool:
        """Whether x and -x count as one: H(-x) = H(x), and the starts prefer neither sign."""
        even = self.covariance.is_even and (self.signal is None or self.signal.is_even)
        return even and self.begin == Begin.RANDOM

    @property
    def label(self) -> str:
        """Its orders and what is hidden, such as ``p=3 planted=0.85``."""
        return f"{self.covariance.label}{f' {self.signal.label}' if self.signal else ''}"

    def canonical(self) -> str:
        """Return the parameters as canonical JSON: sorted keys, shortest exact numbers."""
        table = asdict(self) | self.covariance.named
        table |= self.signal.attributes if self.signal else {}
        del table["orders"], table["signal"]
        if self.begin == Begin.RANDOM:  # left out, to keep the hashes of jobs older than the choice
            del table["begin"]
        return json.dumps(table, sort_keys=True, separators=(",", ":"))

    @property
    def identity(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the canonical parameters."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    @property
    def file_name(self) -> str:
        """Name of the result file."""
        which = f"n{self.n}-{self.covariance.in_file_names}-nu{self.nu:.4g}"
        hidden = f"-{self.signal.in_file_names}" if self.signal else ""
        return f"{which}{hidden}-seed{self.seed}-{self.identity}.nc"

"""A point of a validation: one law of the disorder, and how its samples are searched."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Self

from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.search.solution_counts import SEARCH

STATIONARY = "stationary"
MINIMA = "minima"


@dataclass(frozen=True)
class Point:
    """Samples of one law of the disorder, and the points to find in them.

    Attributes
    ----------
    kind : str
        ``stationary``: all stationary points of every index; ``minima``: a census of the minima.
    n : int
        Spins.
    orders : int or str
        The order of a pure model, or a mixture (`spinglass.covariance.Name`).
    nu : float
        Field strength.
    samples : int
        Disorder samples.
    seed : int
        Fixes the samples; those of different (n, orders, nu) are independent of one another.
    unseen : float
        Unseen basin weight at which a census ends; 0 for ``stationary``.
    method : str
        The method for ``stationary`` points, see `spinglass.find_stationary_points`.
    """

    kind: str
    n: int
    orders: Name
    nu: float
    samples: int
    seed: int = 0
    unseen: float = 0.0
    method: str = SEARCH

    def __post_init__(self) -> None:
        if self.kind not in (STATIONARY, MINIMA):
            raise InputError(f"kind must be {STATIONARY} or {MINIMA}, got {self.kind!r}")

    @classmethod
    def of(cls, canonical: str, samples: int) -> Self:
        """Return the point that a text made by `canonical` describes, with ``samples`` samples."""
        table = json.loads(canonical)
        rest = {key: value for key, value in table.items() if key not in ("p", "mixture")}
        return cls(orders=Covariance.said_by(table).name, samples=samples, **rest)

    @property
    def covariance(self) -> Covariance:
        """The covariance of its landscapes."""
        return Covariance.of(self.orders, self.nu)

    def canonical(self) -> str:
        """Return JSON that identifies the samples, without their number: more can be added."""
        fixed = asdict(self) | self.covariance.named
        del fixed["samples"], fixed["orders"]
        if self.method == SEARCH:
            del fixed["method"]
        return json.dumps(fixed, sort_keys=True, separators=(",", ":"))

    @property
    def file_name(self) -> str:
        """Name of the file of its samples."""
        identity = hashlib.sha256(self.canonical().encode()).hexdigest()[:12]
        orders = self.covariance.in_file_names
        return f"{self.kind}-n{self.n}-{orders}-nu{self.nu:.4g}-{identity}.nc"

    def sample_seed(self, number: int) -> int:
        """Return the seed of a sample's disorder, which does not depend on how it is searched."""
        words = f"{self.seed} {self.n} {self.orders} {self.nu!r} {number}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")

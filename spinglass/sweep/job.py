"""A job: a set of parameters, whose hash is its name."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from spinglass.covariance import Covariance, Name

JOB_FILES = "n*-nu*-seed*.nc"
"""Pattern of the names of result files."""


@dataclass(frozen=True)
class Job:
    """One landscape at one field strength, and how it is sampled.

    Attributes
    ----------
    n : int
        Sites.
    orders : int or str
        The order of a pure model, or a mixture (`spinglass.covariance.Name`).
    seed : int
        Of the landscape.
    nu : float
        Field strength.
    regime : str
        The regime the field stands for, empty where the field was given as a number.
    starts, start_seed, method, tol, max_gradients
        As in `spinglass.descend`.
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

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the job of a table of `canonical`, with its ``p`` or ``mixture``."""
        rest = {key: value for key, value in table.items() if key not in ("p", "mixture")}
        return cls(orders=Covariance.said_by(table).name, **rest)

    @property
    def covariance(self) -> Covariance:
        """The covariance of its landscape."""
        return Covariance.of(self.orders, self.nu)

    def canonical(self) -> str:
        """Return the parameters as canonical JSON: sorted keys, shortest exact numbers."""
        table = asdict(self) | self.covariance.named
        del table["orders"]
        return json.dumps(table, sort_keys=True, separators=(",", ":"))

    @property
    def identity(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the canonical parameters."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    @property
    def file_name(self) -> str:
        """Name of the result file."""
        which = f"n{self.n}-{self.covariance.in_file_names}-nu{self.nu:.4g}-seed{self.seed}"
        return f"{which}-{self.identity}.nc"

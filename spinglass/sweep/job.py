"""A job: a set of parameters, whose hash is its name."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Job:
    """One landscape at one field strength, and how it is sampled.

    Attributes
    ----------
    n, p, seed
        The landscape.
    nu : float
        Field strength.
    regime : str
        The regime the field stands for, empty where the field was given as a number.
    starts, start_seed, method, tol, max_gradients
        As in `spinglass.descend`.
    """

    n: int
    p: int
    seed: int
    nu: float
    regime: str
    starts: int
    start_seed: int
    method: str
    tol: float
    max_gradients: int

    def canonical(self) -> str:
        """Return the parameters as canonical JSON: sorted keys, shortest exact numbers."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def identity(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the canonical parameters."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:12]

    @property
    def file_name(self) -> str:
        """Name of the result file."""
        return f"n{self.n}-p{self.p}-nu{self.nu:.4g}-seed{self.seed}-{self.identity}.nc"

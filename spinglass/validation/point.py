"""A point of a validation: one law of the disorder, and how its samples are searched."""

import hashlib
import json
from dataclasses import asdict, dataclass

STATIONARY = "stationary"
MINIMA = "minima"


@dataclass(frozen=True)
class Point:
    """Samples of one (n, p, nu), and what is looked for in them.

    Attributes
    ----------
    kind : str
        ``stationary``: all stationary points of every index; ``minima``: a census of the minima.
    n, p, nu : int, int, float
        As in `PSpin`.
    samples : int
        Disorder samples.
    seed : int
        Fixes the samples; those of different (n, p, nu) are independent of one another.
    unseen : float
        Basin weight at which a census ends; 0 for ``stationary``.
    """

    kind: str
    n: int
    p: int
    nu: float
    samples: int
    seed: int = 0
    unseen: float = 0.0

    def canonical(self) -> str:
        """Return what identifies the samples, as JSON; not how many: more of them go on."""
        fixed = {name: value for name, value in asdict(self).items() if name != "samples"}
        return json.dumps(fixed, sort_keys=True, separators=(",", ":"))

    @property
    def file_name(self) -> str:
        """Name of the file of its samples."""
        identity = hashlib.sha256(self.canonical().encode()).hexdigest()[:12]
        return f"{self.kind}-n{self.n}-p{self.p}-nu{self.nu:.4g}-{identity}.nc"

    def sample_seed(self, number: int) -> int:
        """Return the seed of a sample's disorder: one landscape, however it is searched."""
        words = f"{self.seed} {self.n} {self.p} {self.nu!r} {number}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")

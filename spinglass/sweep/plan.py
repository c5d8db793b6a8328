"""From a configuration to jobs: each is a set of parameters, and its name is their hash."""

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import product

from spinglass.sweep.config import SweepConfig, listed
from spinglass.sweep.regimes import regime_field
from spinglass.theory import critical_field


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


def plan_jobs(config: SweepConfig) -> list[Job]:
    """List the jobs of a sweep; those that share couplings stand together."""
    landscape, descent = config.landscape, config.descent
    grid = product(listed(landscape.n), listed(landscape.p), listed(landscape.seeds))
    jobs = [
        Job(
            n=n,
            p=p,
            seed=seed,
            nu=nu,
            regime=regime,
            starts=descent.starts,
            start_seed=descent.seed,
            method=descent.method,
            tol=descent.tol,
            max_gradients=descent.max_gradients,
        )
        for n, p, seed in grid
        for nu, regime in _fields(config, n, p)
    ]
    return list(dict.fromkeys(jobs))


def _fields(config: SweepConfig, n: int, p: int) -> list[tuple[float, str]]:
    field = config.field
    if field.nu is not None:
        return [(float(nu), "") for nu in listed(field.nu)]
    if field.nu_over_critical is not None:
        return [(float(ratio) * critical_field(p), "") for ratio in listed(field.nu_over_critical)]
    return [(regime_field(name, n, p), name) for name in listed(field.regime)]

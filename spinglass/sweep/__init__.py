"""Batch sweeps: configuration, plan, execution, one file a job.

The public names are imported when they are first used: to see what is in a folder needs neither
compiled kernels nor a configuration.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinglass.sweep.account import Account, Event, Failure
    from spinglass.sweep.engines import ENGINES, choose_engine
    from spinglass.sweep.job import Job
    from spinglass.sweep.manifest import read_manifest
    from spinglass.sweep.plan import load_sweep, plan_jobs
    from spinglass.sweep.state import job_state
    from spinglass.sweep.sweep_check import Verdict, verify_job
    from spinglass.sweep.sweep_config import SweepConfig
    from spinglass.sweep.sweep_run import Options, run_sweep
    from spinglass.sweep.work import Outcome

_HOMES = {
    "ENGINES": "engines",
    "Account": "account",
    "Event": "account",
    "Failure": "account",
    "Job": "job",
    "Options": "sweep_run",
    "Outcome": "work",
    "SweepConfig": "sweep_config",
    "Verdict": "sweep_check",
    "choose_engine": "engines",
    "job_state": "state",
    "load_sweep": "plan",
    "plan_jobs": "plan",
    "read_manifest": "manifest",
    "run_sweep": "sweep_run",
    "verify_job": "sweep_check",
}

__all__ = [
    "ENGINES",
    "Account",
    "Event",
    "Failure",
    "Job",
    "Options",
    "Outcome",
    "SweepConfig",
    "Verdict",
    "choose_engine",
    "job_state",
    "load_sweep",
    "plan_jobs",
    "read_manifest",
    "run_sweep",
    "verify_job",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spinglass.sweep' has no attribute {name!r}")
    return getattr(import_module(f"spinglass.sweep.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

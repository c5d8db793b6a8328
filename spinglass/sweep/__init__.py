"""Batch sweeps: configuration, plan, execution, one file a job."""

from spinglass.sweep.config import SweepConfig, load_sweep
from spinglass.sweep.plan import Job, plan_jobs
from spinglass.sweep.run import Outcome, Progress, job_state, read_manifest, run_sweep

__all__ = [
    "Job",
    "Outcome",
    "Progress",
    "SweepConfig",
    "job_state",
    "load_sweep",
    "plan_jobs",
    "read_manifest",
    "run_sweep",
]

"""Batch sweeps: configuration, plan, execution, one file a job."""

from spinglass.sweep.config import SweepConfig, load_sweep
from spinglass.sweep.engines import ENGINES, choose_engine
from spinglass.sweep.plan import Job, plan_jobs
from spinglass.sweep.run import Failure, Options, Progress, run_sweep
from spinglass.sweep.state import job_state, read_manifest
from spinglass.sweep.verify import Verdict, verify_job
from spinglass.sweep.work import Outcome

__all__ = [
    "ENGINES",
    "Failure",
    "Job",
    "Options",
    "Outcome",
    "Progress",
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

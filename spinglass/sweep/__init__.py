"""Batch sweeps: configuration, plan, execution, one file a job."""

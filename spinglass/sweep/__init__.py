"""Batch sweeps: configuration, plan, execution, one file per job.

Public names are imported when first used: looking into a folder needs neither compiled kernels
nor a configuration.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

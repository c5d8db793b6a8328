"""Batch sweeps: configuration, plan, execution, one file a job.

The public names are imported when they are first used: to see what is in a folder needs neither
compiled kernels nor a configuration.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Figures ready for a paper, one module a figure."""

import os
import sys
from contextlib import suppress


def _import_matplotlib() -> None:
    """Import matplotlib whatever ``MPLBACKEND`` says.

    A command inherits the variable from a notebook that has started it, and matplotlib refuses to
    be imported where it names a backend that is not installed.  No figure here needs a backend; one
    that exists is left to those who draw with pyplot in the same process.
    """
    if "matplotlib" in sys.modules:
        return
    wanted = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if wanted is not None:
            os.environ["MPLBACKEND"] = wanted
    if wanted:
        with suppress(ValueError):
            mpl.rcParams["backend"] = wanted


_import_matplotlib()

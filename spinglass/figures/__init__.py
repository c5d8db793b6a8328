"""Figures ready for a paper, one module per figure."""

import os
import sys
from contextlib import suppress


def _import_matplotlib() -> None:
    """Import matplotlib whatever ``MPLBACKEND`` says.

    A command inherits the variable from a notebook that started it, and matplotlib cannot be
    imported if the variable names a backend that is not installed.  No figure here needs a backend;
    an installed one stays set for callers that draw with pyplot in the same process.
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

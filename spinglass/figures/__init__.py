"""Figures ready for a paper, one module a figure."""

import logging
import os
import sys
from contextlib import suppress


def _import_matplotlib() -> None:
    """Import matplotlib whatever ``MPLBACKEND`` says.

    A command inherits the variable from a notebook that has started it, and matplotlib refuses to
    be imported where it names a backend that is not installed.  No figure here needs a backend; one
    that exists is left to those who draw with pyplot in the same process.

    Where no folder can be kept for its lists of fonts, matplotlib makes them anew, and says so in
    warnings that help nobody who wants a figure: they are not passed on.
    """
    if "matplotlib" in sys.modules:
        return
    wanted = os.environ.pop("MPLBACKEND", None)
    logger = logging.getLogger("matplotlib")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)
        import matplotlib as mpl
        import matplotlib.font_manager
    finally:
        logger.setLevel(level)
        if wanted is not None:
            os.environ["MPLBACKEND"] = wanted
    if wanted:
        with suppress(ValueError):
            mpl.rcParams["backend"] = wanted


_import_matplotlib()

"""Where a page is written, asked before the work."""

import os
from collections.abc import Sequence
from pathlib import Path

from spinglass.errors import InputError
from spinglass.files.targets import checked_file


def checked_page(out: Path, paths: Sequence[Path]) -> Path:
    """Return where the page is to be written, once it is known that it can be.

    Parameters
    ----------
    out : Path
        Ends in .html, which is added where there is no ending; or a device or pipe.
    paths : sequence of Path
        What the page is made of, none of which it may replace.

    Raises
    ------
    InputError
        If it has another ending, cannot be written, or would replace one of the paths.
    """
    place = checked_file(out, ".html", ".htm")
    if os.path.realpath(place) in {os.path.realpath(path) for path in paths}:
        raise InputError(f"the page would replace {place}: choose another file")
    return place

"""Where a page is written, checked before the work."""

import os
from collections.abc import Sequence
from pathlib import Path

from spinglass.errors import InputError
from spinglass.files.targets import checked_file


def checked_page(out: Path, paths: Sequence[Path]) -> Path:
    """Return the path to write the page to, after checking that it can be written.

    The path ends in .html, which is added to a path without ending, or in .htm, or is a device or
    pipe.  `InputError` if it has another ending, cannot be written, or is one of ``paths``.
    """
    place = checked_file(out, ".html", ".htm")
    if os.path.realpath(place) in {os.path.realpath(path) for path in paths}:
        raise InputError(f"the page would replace {place}: choose another file")
    return place

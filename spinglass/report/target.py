"""Where a page is written, asked before the work."""

import os
from collections.abc import Sequence
from pathlib import Path

from spinglass.errors import InputError
from spinglass.files.targets import checked_file


def checked_page(out: Path, paths: Sequence[Path]) -> Path:
    """Return where the page is to be written, once it is known that it can be.

    It ends in .html, which is added where there is no ending, or is a device or pipe.  `InputError`
    if it has another ending, cannot be written, or would replace what the page is made of.
    """
    place = checked_file(out, ".html", ".htm")
    if os.path.realpath(place) in {os.path.realpath(path) for path in paths}:
        raise InputError(f"the page would replace {place}: choose another file")
    return place

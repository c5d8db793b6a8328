"""Whether a script can start processes: each of them imports it first, so it needs a guard."""

import multiprocessing
import os
import sys

from spinglass.errors import InputError

UNGUARDED = 78
"""Exit code of a process that would start a sweep while it is itself being started."""

GUARD = (
    'a script that starts processes must do so under  if __name__ == "__main__":  because each '
    "of them imports the script (or take engine local)"
)


def check_spawning() -> None:
    """Find out whether processes can be started from here.

    `InputError` if the program is read from no file, which processes could not import; `SystemExit`
    in a process that imports an unguarded script: its client says what is wrong, once.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(UNGUARDED)
    script = sys.modules["__main__"]
    path = getattr(script, "__file__", None)
    if getattr(script, "__spec__", None) is None and path and not os.path.exists(path):
        raise InputError(
            f"several processes need the program in a file, which they import, got {path} "
            "(or take engine local)"
        )

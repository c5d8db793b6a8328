"""Whether a script can start processes: each process imports the script, which needs a guard."""

import multiprocessing
import os
import sys

from spinglass.errors import InputError

UNGUARDED = 78
"""Exit code of a new process that would start a sweep while it imports an unguarded script."""

GUARD = (
    'a script that starts processes must do so under  if __name__ == "__main__":  because each '
    "of them imports the script (or take engine local)"
)


def check_spawning() -> None:
    """Check that this program can start processes.

    `InputError` if the program is not in a file that processes could import; `SystemExit` in a
    process that imports an unguarded script, whose client then says once what is wrong.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(UNGUARDED)
    script = sys.modules["__main__"]
    path = getattr(script, "__file__", None)
    if getattr(script, "__spec__", None) is None and path and not os.path.exists(path):
        raise InputError(
            "several processes must import the program from a file (or take engine local), "
            f"got {path}"
        )

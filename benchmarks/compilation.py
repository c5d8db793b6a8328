"""What a first command compiles on a fresh machine, and the second.

    python benchmarks/compilation.py

Runs `spinglass sample` twice on an empty cache and adds up Numba's compile events, in seconds of
the processor: those of the clock say little on a busy machine.
"""

import os
import subprocess
import sys
import tempfile
import time

from numba.core import event

from spinglass_cli.main import cli

COMMAND = "sample --n 100 --p 3 --starts 16 --out"


class Clock(event.Listener):
    """Adds up the time in compilation, of nested compilations the outermost."""

    def __init__(self):
        self.depth, self.began, self.seconds = 0, 0.0, 0.0

    def on_start(self, event):
        """Begin to count."""
        if self.depth == 0:
            self.began = time.process_time()
        self.depth += 1

    def on_end(self, event):
        """Count."""
        self.depth -= 1
        if self.depth == 0:
            self.seconds += time.process_time() - self.began


def command(out):
    """Run the command in this process and print what it compiled."""
    clock, began = Clock(), time.process_time()
    with event.install_listener("numba:compile", clock):
        cli.main([*COMMAND.split(), out], standalone_mode=False)
    whole = time.process_time() - began
    print(f"{clock.seconds:.1f} s of compilation, {whole:.1f} s after the imports", file=sys.stderr)


def main():
    """Run it twice on an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            subprocess.run(
                [sys.executable, __file__, folder + "/minima.nc"],
                env={**os.environ, "NUMBA_CACHE_DIR": folder},
                stdout=subprocess.DEVNULL,
                check=True,
            )


if __name__ == "__main__":
    command(sys.argv[1]) if sys.argv[1:] else main()

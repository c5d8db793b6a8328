"""Ends of the paths of a homotopy, kept block by block in a folder, so that work can resume.

A block holds the ends of its paths and no proofs: whoever reads it must certify the ends.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinglass.errors import DamagedFileError
from spinglass.files.kind import Kind, Variable
from spinglass.files.provenance import origin
from spinglass.files.store import write_dataset
from spinglass.landscape.model import Landscape
from spinglass.search.proofs.polynomial_system import Complex

PATHS = Kind(
    schema="spinglass-paths-3",
    noun="a block of paths",
    title="Ends of paths to the complex stationary points of a spherical p-spin glass",
    variables={
        "z": Variable(
            ("path", "component", "part"),
            "u = x / sqrt(n) and lambda at the end, real, imaginary; nan where it did not arrive",
        ),
    },
)


@dataclass(frozen=True)
class PathBlocks:
    """The folder that keeps blocks of paths of one landscape.

    Attributes
    ----------
    folder : Path or None
        The folder; None to keep nothing.
    model : Landscape
        The landscape.
    start_seed : int
        Fixes the systems from which the paths begin.
    """

    folder: Path | None
    model: Landscape
    start_seed: int

    def read(self, attempt: int, first: int, stop: int) -> Complex | None:
        """Return the kept ends of the paths first to stop - 1, (stop - first, n + 1), or None.

        Raises `InputError` if the block's file is of another run, `DamagedFileError` if it is
        damaged or holds something else.
        """
        if self.folder is None:
            return None
        path = self._path(attempt, first)
        try:
            data = PATHS.to_resume(path, self._key(attempt, first, stop), instead="folder")
            if data is None or not PATHS.is_current(data.attrs):
                return None
            z, shape = PATHS.arrays(data)["z"], (stop - first, self.model.n + 1, 2)
            if z.shape != shape:
                raise DamagedFileError(f"z of {path} must have the shape {shape}, got {z.shape}")
        except DamagedFileError as error:
            raise DamagedFileError(
                f"{error}; once this file is deleted its paths are followed again"
            ) from error
        ends: Complex = np.ascontiguousarray(z, np.float64).view(np.complex128)[:, :, 0]
        return ends

    def write(self, attempt: int, first: int, ends: Complex) -> None:
        """Keep the ends of the paths from number ``first`` on, (count, n + 1), of an attempt.

        Raises
        ------
        StorageError
            If the block cannot be written.
        """
        if self.folder is None:
            return
        values = {"z": np.stack([ends.real, ends.imag], axis=2)}
        key = self._key(attempt, first, first + len(ends))
        write_dataset(PATHS.dataset(values, key), self._path(attempt, first))

    def _path(self, attempt: int, first: int) -> Path:
        assert self.folder is not None
        return self.folder / f"paths-{attempt}-{first:09d}.nc"

    def _key(self, attempt: int, first: int, stop: int) -> dict[str, object]:
        start = {"start_seed": self.start_seed, "attempt": attempt, "first": first, "stop": stop}
        return origin(self.model) | start

"""Ends of the paths of a homotopy, kept block by block in a folder, so that the work can go on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinglass.files.kind import Kind, Variable
from spinglass.files.provenance import origin
from spinglass.files.store import write_dataset
from spinglass.landscape.model import Landscape
from spinglass.search.proofs.complex_zeros import Balls

PATHS = Kind(
    schema="spinglass-paths-2",
    noun="a block of paths",
    title="Ends of paths to the complex stationary points of a spherical p-spin glass",
    variables={
        "z": Variable(("path", "component", "part"), "u = x / sqrt(n) and lambda, real, imaginary"),
        "radius": Variable(("path",), "one zero within; infinite where nothing is proven"),
        "alone": Variable(("path",), "no other zero within; 0 where nothing is proven"),
        "width": Variable(("path",), "u of the zero within; infinite where nothing is proven"),
    },
)


@dataclass(frozen=True)
class PathBlocks:
    """Where blocks of paths of one landscape are kept.

    Attributes
    ----------
    folder : Path or None
        None where nothing is kept.
    model : Landscape
        The landscape.
    start_seed : int
        What fixes the systems from which the paths begin.
    """

    folder: Path | None
    model: Landscape
    start_seed: int

    def read(self, attempt: int, first: int, stop: int) -> Balls | None:
        """Return the ends of some paths of an attempt, if they are kept.

        Raises
        ------
        InputError
            If the file in their place is of another run.
        DamagedFileError
            If it is damaged, or is no block of paths.
        """
        if self.folder is None:
            return None
        path = self._path(attempt, first)
        data = PATHS.to_resume(path, self._key(attempt, first, stop))
        if data is None or not PATHS.is_current(data.attrs):
            return None
        arrays = PATHS.arrays(data)
        z = np.ascontiguousarray(arrays["z"]).view(np.complex128)[:, :, 0]
        return Balls(z, arrays["radius"], arrays["alone"], arrays["width"])

    def write(self, attempt: int, first: int, balls: Balls) -> None:
        """Keep the ends of some paths of an attempt, the first of which has this number.

        Raises
        ------
        StorageError
            If that fails.
        """
        if self.folder is None:
            return
        parts = np.stack([balls.z.real, balls.z.imag], axis=2)
        values = {"z": parts, "radius": balls.radius, "alone": balls.alone, "width": balls.width}
        key = self._key(attempt, first, first + len(balls.z))
        write_dataset(PATHS.dataset(values, key), self._path(attempt, first))

    def _path(self, attempt: int, first: int) -> Path:
        assert self.folder is not None
        return self.folder / f"paths-{attempt}-{first:09d}.nc"

    def _key(self, attempt: int, first: int, stop: int) -> dict[str, object]:
        start = {"start_seed": self.start_seed, "attempt": attempt, "first": first, "stop": stop}
        return origin(self.model) | start

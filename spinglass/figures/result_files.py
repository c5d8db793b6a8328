"""Which result files of a folder a figure is drawn from."""

from pathlib import Path

import xarray as xr

from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.targets import check_folder
from spinglass.search.results import open_result
from spinglass.sweep.job import JOB_FILES


def read_results(folder: Path, without_spins: bool = False) -> list[xr.Dataset]:
    """Read every result in a folder, in the order of n, orders, seed and field.

    Files that are not results of this package (the numbers beside a figure) are passed over.

    Raises
    ------
    InputError
        If it is no folder, there is none, or no result in it.
    DamagedFileError
        If a result is damaged, or of another job than its name says.
    """
    check_folder(folder)
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    found = []
    for path in sorted(folder.glob(JOB_FILES)):
        try:
            data = open_result(path, ("spins", "minimum_spins") if without_spins else ())
        except DamagedFileError as error:
            raise DamagedFileError(f"{error}; run the sweep again to repair it") from error
        if data.attrs.get("job_identity", "") not in path.name:
            raise DamagedFileError(
                f"{path} is the result of another job; run the sweep again to repair it"
            )
        found.append(data)
    if not found:
        raise InputError(f"no result files in {folder}: run `spinglass sweep` first")
    return sorted(found, key=_place)


def _place(data: xr.Dataset) -> tuple[object, ...]:
    attrs = data.attrs
    return attrs["n"], Covariance.said_by(attrs).weights, attrs["seed"], attrs["nu"]

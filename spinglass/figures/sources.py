"""What figures are drawn from: files, folders of results, or datasets in memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import xarray as xr

from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.places import check_folder_to_read
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import JOB_FILES, check_name

Source = Path | str | xr.Dataset
"""The path of a file or folder, or a dataset such as a file holds."""

_SPINS = ("spins", "minimum_spins")


def name_of(source: Source) -> str:
    """Return what messages call a source."""
    return "the dataset" if isinstance(source, xr.Dataset) else str(source)


def one_or_several(sources: Source | Sequence[Source]) -> list[Source]:
    """Return the sources as a list.

    Raises
    ------
    InputError
        If a source is neither a path nor a dataset.
    """
    given = list(sources) if isinstance(sources, list | tuple) else [sources]
    for source in given:
        if not isinstance(source, Path | str | xr.Dataset):
            raise InputError(
                "a figure must be drawn from paths or xarray.Datasets, one or a list of them, "
                f"got {type(source).__name__}"
            )
    return cast(list[Source], given)


def results_of(source: Source | Sequence[Source], without_spins: bool = False) -> list[xr.Dataset]:
    """Collect results of descents from folders, files or datasets, by n, orders, seed and field.

    `InputError` if there are none, or one is not of descents; `DamagedFileError` as for
    `read_results`.
    """
    results: list[xr.Dataset] = []
    for each in one_or_several(source):
        if isinstance(each, xr.Dataset) or Path(each).is_file():
            results.append(DESCENTS.take(each, _SPINS if without_spins else ()))
        else:
            results += read_results(Path(each), without_spins)
    if not results:
        raise InputError("results of descents must be given, got none")
    return sorted(results, key=_place)


def read_results(folder: Path, without_spins: bool = False) -> list[xr.Dataset]:
    """Read every result in a folder, in the order of n, orders, seed and field.

    Files not named like the result of a job, such as the numbers beside a figure, are skipped.
    `InputError` if ``folder`` is not a folder or holds no result; `DamagedFileError` if a result is
    damaged, or of another job than its name says.
    """
    check_folder_to_read(folder)
    results = []
    for path in sorted(folder.glob(JOB_FILES)):
        try:
            data = DESCENTS.open(path, _SPINS if without_spins else ())
        except DamagedFileError as error:
            raise DamagedFileError(f"{error}; run the sweep again to repair it") from error
        check_name(data.attrs, path)
        results.append(data)
    if not results:
        raise InputError(f"no result files in {folder}")
    return sorted(results, key=_place)


def _place(data: xr.Dataset) -> tuple[object, ...]:
    attrs = data.attrs
    return attrs["n"], Covariance.said_by(attrs).weights, attrs["seed"], attrs["nu"]

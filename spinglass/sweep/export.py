"""The summary of a sweep in formats that other programs read: CSV, NetCDF, Zarr."""

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

from spinglass.covariance import Covariance, column_of
from spinglass.errors import InputError
from spinglass.files.places import is_stream
from spinglass.files.store import write_dataset, writing
from spinglass.files.targets import check_file, check_writable
from spinglass.sweep.averages import Average, averages
from spinglass.sweep.manifest import read_jobs
from spinglass.sweep.summary import OF_SIGNALS, Summary, summaries


def export(folder: Path, out: Path, averaged: bool = False) -> list[Average]:
    """Write the summaries of a sweep, and return their averages over disorder.

    A ``.csv``, a device or a pipe gets one row per landscape, or per point if ``averaged``; ``.nc``
    and ``.zarr`` get the dataset of `spinglass.sweep.open_sweep`.  `InputError` for another suffix,
    if a package is missing, or if ``out`` is something that cannot be replaced.
    """
    suffix = out.suffix or (".csv" if is_stream(out) else "")
    if averaged and suffix != ".csv":
        raise InputError(f"averages are written to .csv, got {str(out)!r}")
    if suffix not in (".csv", ".nc", ".zarr"):
        raise InputError(f"the name of an export must end in .csv, .nc or .zarr, got {str(out)!r}")
    if suffix == ".zarr":
        _check_store(out)
    else:
        check_file(out, text=suffix == ".csv")
    if suffix == ".csv":
        return _write_averages(folder, out) if averaged else _write_rows(folder, out)
    from spinglass.sweep.dataset import open_sweep

    data = open_sweep(folder).load()
    if suffix == ".nc":
        write_dataset(data, out)
    else:
        _replace_folder(out, lambda place: data.to_zarr(place, mode="w", zarr_format=2))
    return averages(summaries(folder))


def _write_rows(folder: Path, out: Path) -> list[Average]:
    """Write one row per landscape while averaging, so that no table is kept in memory."""
    with writing(out) as file:
        table = csv.writer(file, lineterminator="\n")
        titles = _titles(folder, Summary)
        table.writerow(titles.values())

        def rows() -> Iterator[Summary]:
            for row in summaries(folder):
                table.writerow(_cells(row, titles))
                yield row

        return averages(rows())


def _write_averages(folder: Path, out: Path) -> list[Average]:
    averaged = averages(summaries(folder))
    with writing(out) as file:
        table = csv.writer(file, lineterminator="\n")
        titles = _titles(folder, Average)
        table.writerow(titles.values())
        table.writerows(_cells(row, titles) for row in averaged)
    return averaged


def _titles(folder: Path, table: type[Summary] | type[Average]) -> dict[str, str]:
    """Return the title of each column; that of ``orders`` is ``p`` or ``mixture``."""
    jobs = read_jobs(folder)
    key, _ = column_of(job.orders for job in jobs)
    hidden = any(job.signal is not None for job in jobs)
    names = [field.name for field in fields(table)]
    return {
        name: key if name == "orders" else name
        for name in names
        if hidden or not name.startswith(OF_SIGNALS)
    }


def _cells(row: Summary | Average, titles: dict[str, str]) -> list[object]:
    cells = {name: getattr(row, name) for name in titles}
    if titles["orders"] == "mixture":
        cells["orders"] = Covariance.of(row.orders).text
    return list(cells.values())


def _check_store(out: Path) -> None:
    """Check before the work that a Zarr store can be made or replaced at ``out``."""
    store = any(os.path.exists(out / name) for name in (".zgroup", "zarr.json"))
    if os.path.exists(out) and not store:
        raise InputError(f"{out} is there already and is not a Zarr store")
    check_writable(Path(os.path.realpath(out)))


def _replace_folder(out: Path, write: Callable[[Path], object]) -> None:
    """Write a Zarr store beside ``out`` and move it there once it is whole."""
    place = Path(os.path.realpath(out))
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=place.parent))
    try:
        write(temporary / "store")
        if place.exists():
            place.replace(temporary / "before")
        try:
            (temporary / "store").replace(place)
        except BaseException:
            if (temporary / "before").exists():
                (temporary / "before").replace(place)
            raise
    except (ImportError, ValueError) as error:
        if find_spec("zarr") is not None:
            raise
        raise InputError(f"zarr is needed: pip install 'spinglass[cluster]' ({error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

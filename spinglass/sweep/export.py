"""The summary of a sweep in the formats of others: CSV, NetCDF, Zarr."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import astuple, fields
from pathlib import Path

from spinglass.errors import InputError
from spinglass.store import check_writable, replacing, write_dataset
from spinglass.sweep.averages import Average, averages
from spinglass.sweep.summary import Summary, summaries


def export(folder: Path, out: Path, averaged: bool = False) -> list[Average]:
    """Write the summaries of a sweep, and return their averages over disorder.

    Parameters
    ----------
    folder : Path
        The sweep.
    out : Path
        ``.csv``: one row a landscape; ``.nc`` or ``.zarr``: the dataset of `spinglass.open_sweep`.
    averaged : bool
        Write a CSV file of one row a point, averaged over disorder, instead.

    Raises
    ------
    InputError
        If the suffix is another, what it needs is not installed, or something else is there.
    """
    if averaged and out.suffix != ".csv":
        raise InputError(f"averages are written to .csv, got {str(out)!r}")
    if out.suffix == ".csv":
        return _write_averages(folder, out) if averaged else _write_rows(folder, out)
    if out.suffix not in (".nc", ".zarr"):
        raise InputError(f"--out must end in .csv, .nc or .zarr, got {str(out)!r}")
    from spinglass.sweep.dataset import open_sweep

    data = open_sweep(folder).load()
    if out.suffix == ".nc":
        write_dataset(data, out)
    else:
        _replace_folder(out, lambda place: data.to_zarr(place, mode="w", zarr_format=2))
    return averages(summaries(folder))


def _write_rows(folder: Path, out: Path) -> list[Average]:
    """Write one row a landscape while the averages are taken: no table is kept."""
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([field.name for field in fields(Summary)])

        def rows() -> Iterator[Summary]:
            for row in summaries(folder):
                table.writerow(astuple(row))
                yield row

        return averages(rows())


def _write_averages(folder: Path, out: Path) -> list[Average]:
    found = averages(summaries(folder))
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([field.name for field in fields(Average)])
        table.writerows(astuple(row) for row in found)
    return found


def _replace_folder(out: Path, write: Callable[[Path], object]) -> None:
    """Write a Zarr store beside its place and move it there when it is whole."""
    if out.exists() and not ((out / ".zgroup").exists() or (out / "zarr.json").exists()):
        raise InputError(f"--out {out} is there already and is not a Zarr store")
    check_writable(out.parent)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        write(temporary)
        if out.exists():
            shutil.rmtree(out)
        temporary.replace(out)
    except (ImportError, ValueError) as error:
        raise InputError(f"zarr is needed: pip install 'spinglass[cluster]' ({error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

"""A finished figure with its numbers, and one way to save both.

A path that ends in .pdf, .png, .svg or .nc means that file alone; any other path is a stem, for
PDF, PNG and the numbers.
"""

import io
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure, SubFigure

from spinglass.contents.figure_contents import numbers_of_figure
from spinglass.errors import InputError
from spinglass.figures.style import paper_style
from spinglass.files.places import is_stream
from spinglass.files.store import replacing, write_dataset
from spinglass.files.targets import check_file
from spinglass.quiet_logs import quiet

_SUFFIXES = (".pdf", ".png", ".svg", ".nc")
_UNDATED: dict[str, dict[str, Any]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


@dataclass(frozen=True)
class Picture:
    """A finished figure and its numbers.

    A notebook displays it if it is the last value of a cell.

    Attributes
    ----------
    name : str
        Its name in `spinglass.plot`, which the file of numbers repeats.
    figure : Figure or SubFigure
        The figure drawn on: a new one, or that of the axes that were given.
    axes : tuple of Axes
        The panels, row by row.
    numbers : xarray.Dataset
        What is drawn, with descriptions and units, so that anybody can draw it again.
    """

    name: str
    figure: Figure | SubFigure
    axes: tuple[Axes, ...]
    numbers: xr.Dataset

    @classmethod
    def of(cls, name: str, ax: Axes, numbers: xr.Dataset) -> "Picture":
        """Return the picture of a figure with one panel."""
        figure = ax.figure
        assert figure is not None
        return cls(name, figure, (ax,), numbers)

    def save(self, stem: Path | str) -> list[Path]:
        """Write ``stem.pdf``, ``stem.png`` and ``stem.nc``, each whole or not at all.

        Parameters
        ----------
        stem : Path or str
            Output path, without suffix or, for one file, with .pdf, .png, .svg or .nc; missing
            folders are made.

        Returns
        -------
        list of Path
            The files written, those of `figure_paths`.

        Raises
        ------
        InputError
            If the suffix is of another format for pictures, or the folder cannot be written to.
        StorageError
            If there is no room for a file.
        """
        paths = figure_paths(Path(stem))
        for path in paths:
            suffix = path.suffix.lower()
            if suffix == ".nc":
                write_dataset(numbers_of_figure(self.name, self.numbers), path)
                continue
            with replacing(path) as temporary:
                self._render(temporary, suffix[1:], _UNDATED.get(suffix, {}))
        return paths

    def _render(self, target: Path | io.BytesIO, form: str, metadata: dict[str, Any]) -> None:
        whole = self.figure.figure
        assert isinstance(whole, Figure)
        # fontTools warns about dates inside matplotlib's own fonts.
        with paper_style(), quiet("fontTools", logging.ERROR):
            whole.savefig(target, format=form, metadata=metadata)

    def _repr_png_(self) -> bytes:
        """Return the PNG that a notebook displays."""
        target = io.BytesIO()
        self._render(target, "png", {})
        return target.getvalue()


def figure_paths(stem: Path) -> list[Path]:
    """Return the files of a figure: one if the suffix says which, else PDF, PNG and numbers.

    Raises
    ------
    InputError
        If figures are not written in the format of the suffix, or ``stem`` names no file.
    """
    suffix = stem.suffix.lower()
    if suffix in _SUFFIXES:
        return [stem]
    if suffix[1:] in FigureCanvasBase.get_supported_filetypes():
        raise InputError(f"figures are written as {', '.join(_SUFFIXES)}, got {str(stem)!r}")
    if not stem.name or is_stream(stem):
        raise InputError(f"a figure must be given the name of a file, got {str(stem)!r}")
    return [stem.with_name(f"{stem.name}{ending}") for ending in (".pdf", ".png", ".nc")]


def check_figure(stem: Path, drawn: Iterable[Path] = ()) -> None:
    """Check before the work that a figure can be written; leave nothing behind.

    ``stem`` is as for `Picture.save`; `InputError` if the figure cannot be written, or would
    replace one of the files ``drawn``, from which it is drawn.
    """
    sources = {os.path.realpath(path): path for path in drawn}
    for path in figure_paths(stem):
        if os.path.realpath(path) in sources:
            kept = sources[os.path.realpath(path)]
            raise InputError(f"the figure's numbers would replace {kept}: choose another path")
        check_file(path)

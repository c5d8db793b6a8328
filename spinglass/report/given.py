"""The files that a report is made of, grouped by place and kind, read without large arrays."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from spinglass.contents.inherent_means import is_inherent
from spinglass.contents.kind_name import KindName
from spinglass.contents.kind_registry import open_file, results_in
from spinglass.control import Control, Progress, WorkUnit
from spinglass.errors import InputError
from spinglass.files.places import absent, is_folder_to_read
from spinglass.sweep.job import check_name


@dataclass(frozen=True)
class ReadFile:
    """A file and its contents.

    Attributes
    ----------
    path : Path
        Where it is.
    data : xarray.Dataset
        Its contents, without the variables that its summary does not need.
    """

    path: Path
    data: xr.Dataset


@dataclass(frozen=True)
class Given:
    """Files of one kind that belong together: those of a folder, or those given one by one.

    Attributes
    ----------
    folder : Path, optional
        The folder; None for files given one by one.
    kind : KindName
        What they hold.
    files : sequence of ReadFile
        In the order of their names in a folder, else as they were given.
    """

    folder: Path | None
    kind: KindName
    files: tuple[ReadFile, ...]


def read_given(paths: Sequence[Path], control: Control) -> list[Given]:
    """Read what a report is made of: files and folders of results of any kind, each once.

    ``control`` is told of the files read.  `InputError` if there is no path, a file does not exist,
    a folder holds no result, or a path is given twice; `DamagedFileError` if a file is damaged, of
    no known kind, or not what its name says.
    """
    _check(paths)
    places = [(path, each) for path in paths for each in _results(path)]
    groups: dict[tuple[Path | None, KindName], list[ReadFile]] = {}
    for done, (path, each) in enumerate(places):
        control.tell(Progress(done, len(places), WorkUnit.FILES, f"reading {each.name}"))
        kind, _, data = open_file(each, whole=False)
        if kind == KindName.FIGURE:
            raise InputError(
                f"a report must be of results, got the numbers of a figure in {each}: "
                "give the files that it is drawn from"
            )
        folder = path if is_folder_to_read(path) else None
        if folder:
            check_name(data.attrs, each)
        if kind == KindName.DESCENTS and is_inherent(data.attrs):
            kind = KindName.INHERENT
        groups.setdefault((folder, kind), []).append(ReadFile(each, data))
    control.tell(Progress(len(places), len(places), WorkUnit.FILES, "reading"))
    return [Given(folder, kind, tuple(files)) for (folder, kind), files in groups.items()]


def _check(paths: Sequence[Path]) -> None:
    if not paths:
        raise InputError("a report needs at least one file or folder of results, got none")
    seen: dict[str, Path] = {}
    for path in paths:
        if os.path.realpath(path) in seen:
            raise InputError(f"each path must be given once, got {path} twice")
        seen[os.path.realpath(path)] = path
        if os.path.islink(path) and not os.path.exists(path):
            raise InputError(absent(path))
        if not is_folder_to_read(path) and not path.exists():
            raise InputError(f"no such file or folder: {path}")


def _results(path: Path) -> list[Path]:
    """List the results at a path: those in a folder, or the file itself."""
    if not is_folder_to_read(path):
        return [path]
    results = results_in(path)
    if not results:
        raise InputError(f"no result files in {path}")
    return results

"""A report of results: read, drawn, and written as one page."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.files.store import write_text
from spinglass.parallel import single_threaded_blas
from spinglass.report.given import Given, read_given
from spinglass.report.origins import typed
from spinglass.report.page import page
from spinglass.report.panel import PageSection
from spinglass.report.panel_registry import SECTIONS


def make_report(
    paths: Sequence[Path],
    out: Path,
    *,
    seed: int | None = None,
    control: Control = FREE,
) -> None:
    """Write a page that shows results.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders of results of any kind, each once.
    out : Path
        The page; written whole or not at all.
    seed : int, optional
        Which landscape of folders of sweeps to show; by default that of the first file.
    control : Control
        Sets the threads, and is told of the progress.

    Raises
    ------
    InputError
        If a path or the seed is not allowed, or a file holds nothing to show.
    MemoryLimitError
        If the couplings of a landscape do not fit into memory.
    DamagedFileError
        If a file is damaged.
    StorageError
        If there is no room for the page.
    """
    given = read_given(paths, control)
    if seed is not None and not any(each.folder for each in given):
        raise InputError(f"a seed chooses among the landscapes of a folder, got {seed} and files")
    sections = sections_of(given, seed, control)
    title = " and ".join(dict.fromkeys(path.name or str(path) for path in paths))
    words = ["report", *paths, *([] if seed is None else ["--seed", seed]), "--out", out]
    text = page(sections, f"spinglass: {title}", typed(*words))
    write_text(text.encode(errors="replace").decode(), out)  # file names may be invalid Unicode


def sections_of(given: Sequence[Given], seed: int | None, control: Control) -> list[PageSection]:
    """Return the sections of all files, in the order given."""
    sections: list[PageSection] = []
    for each in given:
        if each.kind not in SECTIONS:
            raise InputError(
                f"a report shows files of {', '.join(SECTIONS)}, got {each.files[0].path} of "
                f"{each.kind}"
            )
    with single_threaded_blas():  # the matrices are small, and pieces of the work share the cores
        for place, each in enumerate(given):
            maker, prefix = import_module(f"spinglass.report.{SECTIONS[each.kind]}"), f"s{place}"
            if hasattr(maker, "section"):
                files = enumerate(each.files)
                sections += [maker.section(each, file, f"{prefix}-{k}") for k, file in files]
            else:
                sections += maker.sections(each, given, prefix, seed, control)
    return sections

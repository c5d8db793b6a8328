"""Figures look as this package draws them, whatever the user has told matplotlib."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
import xarray as xr

import spinglass.figures
from spinglass.figures.picture import Picture
from spinglass.figures.style import axes_or_new, paper_style
from tests.drawings import DRAWN, draw_everything

ROOT = Path(__file__).parents[1]

HOSTILE = """
backend: module://absent.backend
text.usetex: True
text.parse_math: False
axes.grid: True
axes.facecolor: pink
axes.unicode_minus: False
axes.xmargin: 0.4
font.family: serif
mathtext.fontset: stix
image.cmap: gray
image.lut: 4
lines.marker: x
path.sketch: 2, 100, 2
xtick.direction: in
legend.loc: upper center
figure.facecolor: black
figure.autolayout: True
figure.subplot.left: 0.4
figure.constrained_layout.h_pad: 0.5
savefig.dpi: 40
savefig.bbox: standard
savefig.facecolor: red
savefig.transparent: True
savefig.pad_inches: 2
savefig.format: svg
pdf.compression: 0
"""


@pytest.mark.slow
def test_every_figure_is_the_same_under_hostile_settings(tmp_path):
    (tmp_path / "matplotlibrc").write_text(HOSTILE)
    backend = "module://matplotlib_inline.backend_absent"
    hostile = os.environ | {"MATPLOTLIBRC": str(tmp_path), "MPLBACKEND": backend}
    command = [sys.executable, "-m", "tests.drawings", str(tmp_path / "theirs")]
    found = subprocess.run(
        command, cwd=ROOT, env=hostile, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    draw_everything(tmp_path / "ours")
    for name in DRAWN:
        for suffix in ("png", "pdf"):
            ours, theirs = (tmp_path / who / f"{name}.{suffix}" for who in ("ours", "theirs"))
            assert ours.read_bytes() == theirs.read_bytes(), ours.name


def test_no_figure_is_left_out():
    names = [module.name for module in pkgutil.iter_modules(spinglass.figures.__path__)]
    modules = {name: importlib.import_module(f"spinglass.figures.{name}") for name in names}
    drawing = {
        name
        for name, module in modules.items()
        if any(
            word.startswith("plot_") and value.__module__ == module.__name__
            for word, value in vars(module).items()
            if callable(value)
        )
    }
    assert drawing == {f"{name}_figure" for name in DRAWN}
    assert not any(hasattr(module, "plt") for module in modules.values())


def test_the_settings_of_the_user_are_as_before_afterwards():
    with mpl.rc_context({"axes.grid": True, "savefig.dpi": 40}):
        before = dict(mpl.rcParams)
        with paper_style():
            assert mpl.rcParams["axes.grid"] is False
            assert mpl.rcParams["savefig.dpi"] == 300
        assert dict(mpl.rcParams) == before


def test_a_backend_that_exists_is_left_to_pyplot():
    code = (
        "import os, spinglass.figures, matplotlib;"
        "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["svg", "svg"]


@pytest.mark.slow
def test_no_figure_speaks_of_the_fonts(tmp_path, capfd):
    axes = axes_or_new(None, (3.0, 2.0))
    axes.set_title(r"$\partial H / n, \xi''$")
    Picture.of("ranks", axes, xr.Dataset()).save(tmp_path / "x.pdf")
    assert capfd.readouterr() == ("", "")

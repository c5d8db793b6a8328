"""Colours on light and on dark ground, mixed beforehand instead of by transparency."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.report.map_plane import SHADES

PAPER = {"light": "#ffffff", "dark": "#15181d"}
"""The ground of plots; `page.css` has the same."""

_ENDS = {"light": (0.0, 0.88), "dark": (0.3, 1.0)}
"""The part of viridis that stands out from the ground; readable in grey, or by the colour-blind."""

_WASH = 0.55
_FADED = 0.3
_BELOW, _ABOVE = "#0072B2", "#D55E00"


def ladder(ground: str, level: ArrayLike) -> list[str]:
    """Return the colour of each level from 0 to 1, on a light or dark ground."""
    return [to_hex(tuple(colour)) for colour in _viridis(ground, level)]


def faded(ground: str, level: ArrayLike) -> list[str]:
    """Return the same colours mixed into the ground, for minima that are not selected."""
    return [to_hex(tuple(colour)) for colour in _mixed(ground, _viridis(ground, level), _FADED)]


def washes(ground: str) -> list[str]:
    """Return the colour of each of the shades of `spinglass.report.map_plane.image`."""
    colours = _viridis(ground, np.linspace(0.0, 1.0, SHADES))
    parts = np.linspace(0.0, _WASH, SHADES)
    return [to_hex(tuple(_mixed(ground, colour, part))) for colour in colours for part in parts]


def signs(ground: str) -> list[str]:
    """Return 255 colours from negative through the ground to positive."""
    part = np.linspace(-1.0, 1.0, 255)
    return [
        to_hex(tuple(_mixed(ground, to_rgb(_ABOVE if s > 0 else _BELOW), abs(s)))) for s in part
    ]


def _viridis(ground: str, level: ArrayLike) -> Array:
    low, high = _ENDS[ground]
    return np.asarray(colormaps["viridis"](low + (high - low) * np.asarray(level)))[..., :3]


def _mixed(ground: str, colour: ArrayLike, part: float) -> Array:
    paper = np.array(to_rgb(PAPER[ground]))
    return paper + part * (np.asarray(colour) - paper)

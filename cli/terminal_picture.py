"""A picture in a terminal: two rows of values a line, in colours where there are any."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

_SHADES = " .:-=+*#%@"
_COLOURS = "inferno"


def picture(values: "NDArray[Any]", labels: list[str], console: "Console") -> "list[Text]":
    """Return lines that show values, (rows, columns), from 0, the ground, to 1, as shades.

    The rows are even in number, the highest first; a label stands before each pair.  A line is a
    pair of rows: half blocks in two colours, or, where the console has no colours, the character of
    the larger value.
    """
    from rich.text import Text

    pairs = values.reshape(-1, 2, values.shape[1])
    lines = [Text(label) for label in labels]
    for line, (upper, lower) in zip(lines, pairs, strict=True):
        for high, low in zip(upper, lower, strict=True):
            if console.color_system is None:
                line.append(_SHADES[round(max(high, low) * (len(_SHADES) - 1))])
            else:
                line.append("▀", f"{_colour(high)} on {_colour(low)}")
    return lines


def _colour(value: float) -> str:
    from matplotlib import colormaps

    red, green, blue, _ = colormaps[_COLOURS](float(value), bytes=True)
    return f"#{red:02x}{green:02x}{blue:02x}"

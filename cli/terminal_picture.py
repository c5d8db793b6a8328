"""A picture in a terminal: two rows of values per line, in colours if the terminal has any."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

_SHADES = " .:-=+*#%@"
_COLOURS = "inferno"


def picture(values: "NDArray[Any]", labels: list[str], console: "Console") -> "list[Text]":
    """Return lines that show values from 0, the background, to 1, (rows, columns), as shades.

    The number of rows is even, the highest first.  Each line is a label and a pair of rows: half
    blocks in two colours or, if the console has no colours, a character for the larger value.
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

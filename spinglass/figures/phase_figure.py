"""From exponentially many points to two: exact mean counts against the field.

Solid lines are exact at finite n; dashed lines are the limits of the two windows around the
critical field, drawn where their scaling variables are of order one.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from spinglass import theory
from spinglass.checks import each_once
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture

POINTS = 121
TOTAL_WINDOW, MINIMA_WINDOW = 6.0, 1.2
MOST_SIZES = len(style.PALETTE) - 1


def phase_curves(covariance: Covariance | int, sizes: Sequence[int]) -> xr.Dataset:
    """Tabulate the logarithms (base ten) of the exact mean counts and of their window limits.

    The field of the covariance is ignored.  The dataset has ``log10_minima``, ``log10_total``,
    ``log10_minima_window`` and ``log10_total_window`` (size, field), the windows nan outside their
    ranges, and the scalar ``critical_field``.  `InputError` if p = 2, which has no critical field
    to cross, or a size is out of range.
    """
    law = theory.covariance_of(covariance)
    critical = law.critical_field
    if critical == 0.0:
        raise InputError(
            f"a landscape with a transition must have an order above 2, got {law.orders}"
        )
    fields = np.linspace(0.0, 2.0 * critical, POINTS)
    shape = ("size", "field")
    tables = {
        "log10_minima": [[theory.log_mean_minima(n, law, x) for x in fields] for n in sizes],
        "log10_total": [
            [theory.log_mean_stationary_points(n, law, x) for x in fields] for n in sizes
        ],
        "log10_minima_window": [
            [_minima_window(n, law.at_field(x)) for x in fields] for n in sizes
        ],
        "log10_total_window": [[_total_window(n, law.at_field(x)) for x in fields] for n in sizes],
    }
    data = {name: (shape, np.array(table) / np.log(10.0)) for name, table in tables.items()}
    numbers = xr.Dataset(
        {**data, "critical_field": critical},
        coords={"size": list(sizes), "field": fields},
        attrs={
            "orders": law.orders,
            "source": "arXiv:1307.2379",
            "units": "log10 of a mean number of points",
        },
    )
    return style.described(numbers, _WORDS)


_WORDS = {
    "size": ("number of spins n", "1"),
    "field": ("field strength nu", "1"),
    "log10_minima": ("log10 of the exact mean number of minima", "1"),
    "log10_total": ("log10 of the exact mean number of stationary points", "1"),
    "log10_minima_window": ("log10 of minima in the limit k = n^(1/3) B, nan outside it", "1"),
    "log10_total_window": ("log10 of stationary points in the limit t = n B, nan outside it", "1"),
    "critical_field": ("critical field nu_c, where B = 0", "1"),
}


def _total_window(n: int, law: Covariance) -> float:
    t = n * law.b
    return float(np.log(2 * n * theory.total_scaling(t))) if abs(t) <= TOTAL_WINDOW else np.nan


def _minima_window(n: int, law: Covariance) -> float:
    k = n ** (1.0 / 3.0) * law.b
    return float(np.log(theory.minima_scaling(k))) if abs(k) <= MINIMA_WINDOW else np.nan


@style.paper_style()
def plot_phase(
    covariance: Covariance | int,
    sizes: Sequence[int] = (25, 50, 100, 200),
    *,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw the mean numbers of minima and of all points against the field, with nu_c marked.

    Parameters
    ----------
    covariance : Covariance or int
        Orders and weights, whatever the field; or the order p >= 3 of a pure model.
    sizes : sequence of int
        Numbers of spins, one to six of them, each once.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If the covariance or a size is outside its domain, there are too many sizes or one twice.
    """
    if not 1 <= len(sizes) <= MOST_SIZES:
        raise InputError(f"the number of sizes must be 1 to {MOST_SIZES}, got {len(sizes)}")
    each_once("sizes", list(sizes))
    law = theory.covariance_of(covariance)
    data = phase_curves(law, sizes)
    figure, (left, right) = style.subplots(1, 2, figsize=(style.FULL_WIDTH, 3.0), figure=figure)
    _panel(left, data, "minima", r"\mathrm{E}\,N_{\min}", 0.0)
    _panel(right, data, "total", r"\mathrm{E}\,N", np.log10(2.0))
    left.set_title(f"(a)  minima, {style.orders_label(law)}", loc="left")
    right.set_title(f"(b)  all stationary points, {style.orders_label(law)}", loc="left")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=len(sizes) + 1
    )
    return Picture("phase", figure, (left, right), data)


def _panel(axes: Axes, data: xr.Dataset, kind: str, label: str, floor: float) -> None:
    """Draw the exact curve and window limit of every size, nu_c and the trivial count."""
    fields = data["field"].values
    critical = float(data["critical_field"])
    for colour, size in zip(style.PALETTE, data["size"].values, strict=False):
        exact = data[f"log10_{kind}"].sel(size=size)
        window = data[f"log10_{kind}_window"].sel(size=size)
        axes.plot(fields, exact, color=colour, lw=1.3, label=f"$n = {size}$")
        axes.plot(fields, window, color="black", lw=1.1, ls=(0, (2, 2)))
    axes.plot([], [], color="black", lw=1.1, ls=(0, (2, 2)), label="window limit")
    axes.axhline(floor, color="0.6", lw=0.7)
    axes.axvline(critical, color="0.35", lw=0.8, ls=":")
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
    style.mark_value(axes, critical, rf"$\nu_c = {critical:.3f}$", 0.35, bbox=ground)
    axes.set(xlim=(0.0, fields[-1]), xlabel=r"field  $\nu$")
    axes.set_ylabel(rf"$\log_{{10}}\, {label}$  (exact mean number)")

"""How many points lie below an energy: the complexity of every index.

The figure of Auffinger, Ben Arous and Cerny (arXiv:1003.1129): below the threshold there are only
points of low index, in layers, where that of index k ends at E_k.
"""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.theory import complexity, covariance_of, layer_energy, threshold_energy

POINTS = 400
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))


def complexity_curves(covariance: Covariance | int, layers: int) -> xr.Dataset:
    """Tabulate Theta_k(u) for k < layers and the total Theta(u), around E_0 and the threshold.

    The dataset has ``theta`` (index, energy), ``theta_total`` (energy), ``layer_energy`` (index)
    and the scalar ``threshold_energy``, nan if undefined; complexities are per spin, energies H/n.
    `InputError` if B <= 0, where every complexity vanishes (p = 2; from the critical field on).
    """
    law = covariance_of(covariance)
    if law.b <= 0.0:
        raise InputError(
            "a complexity is drawn below the critical field, and of an order above 2, got "
            f"{law.orders}, nu = {law.nu:g}"
        )
    edge = or_nan(threshold_energy, law)
    top = -2.0 * np.sqrt(law.curvature) * law.slope / law.radial
    lowest = layer_energy(law, 0)
    gap = (edge if np.isfinite(edge) else top) - lowest
    energies = np.union1d(
        np.linspace(lowest - 0.5 * gap, top + 0.8 * gap, POINTS),
        [e for e in (edge, *(layer_energy(law, k) for k in range(layers))) if np.isfinite(e)],
    )
    numbers = xr.Dataset(
        {
            "theta": (("index", "energy"), [complexity(energies, law, k) for k in range(layers)]),
            "theta_total": ("energy", complexity(energies, law, None)),
            "layer_energy": ("index", [layer_energy(law, k) for k in range(layers)]),
            "threshold_energy": edge,
        },
        coords={"index": np.arange(layers), "energy": energies},
        attrs={
            "orders": law.orders,
            "nu": law.nu,
            "source": "arXiv:1003.1129, arXiv:1804.10573",
            "units": "energy per spin; nats per spin",
        },
    )
    return style.described(numbers, _WORDS)


_WORDS = {
    "index": ("Morse index k", "1"),
    "energy": ("energy per spin u = H/n", "1"),
    "theta": ("complexity Theta_k(u) of the points of an index", "nats per spin"),
    "theta_total": ("complexity of all stationary points", "nats per spin"),
    "layer_energy": ("energy E_k, where Theta_k is zero", "1"),
    "threshold_energy": ("threshold energy, nan where not known", "1"),
}


@style.paper_style()
def plot_complexity(
    covariance: Covariance | int, layers: int = 4, *, ax: Axes | None = None
) -> Picture:
    """Draw Theta_k(u) and the total against u, with E_0 and the threshold marked.

    Parameters
    ----------
    covariance : Covariance or int
        A covariance with B > 0, or the order p >= 3 of a pure model without field.
    layers : int
        Number of indices drawn, at most 6.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        As for `complexity_curves`.
    """
    law = covariance_of(covariance)
    data = complexity_curves(law, layers)
    axes = style.axes_or_new(ax, (style.FULL_WIDTH * 0.72, 3.4))
    _draw_curves(axes, data)
    _mark_energies(axes, data)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.set_xlabel("energy per spin  $u = H/n$")
    axes.set_ylabel(r"complexity  $\Theta_k(u)$  (nats per spin)")
    field = rf", $\nu = {law.nu:g}$" if law.nu else ", no field"
    axes.set_title(f"{style.orders_label(law)}{field}", loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=5)
    return Picture.of("complexity", axes, data)


def _draw_curves(axes: Axes, data: xr.Dataset) -> None:
    """Draw the total behind and the layers in front; each colour has its own dashes."""
    energies = data["energy"].values
    total, last = data["theta_total"], style.PALETTE[-1]
    axes.plot(energies, total, color=last, lw=4.0, alpha=0.3, label="total")
    for k, curve in enumerate(data["theta"].values):
        axes.plot(energies, curve, color=style.PALETTE[k], ls=STYLES[k], label=f"$k = {k}$")
    top = float(max(data["theta"].max(), data["theta_total"].max()))
    bottom = -0.35 * top
    axes.set(xlim=(energies[0], energies[-1]), ylim=(bottom, 1.1 * top))
    axes.axhline(0.0, color="0.5", lw=0.7)


def _mark_energies(axes: Axes, data: xr.Dataset) -> None:
    """Draw lines at E_0 and the threshold, labelled with their values; say if there is none."""
    marks = [
        (float(data["layer_energy"][0]), "$E_0 = {:.4f}$"),
        (float(data["threshold_energy"]), r"$E_\mathrm{{th}} = {:.4f}$"),
    ]
    for energy, label in marks:
        if not np.isfinite(energy):
            axes.text(
                0.99,
                0.01,
                "no threshold: points are rare there",
                transform=axes.transAxes,
                ha="right",
                va="bottom",
                fontsize=8,
            )
            continue
        axes.axvline(energy, color="0.35", lw=0.8, ls=(0, (2, 2)))
        style.mark_value(axes, energy, label.format(energy), 0.93)

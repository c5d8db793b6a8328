"""The minima of one landscape at one field, from any kind of file that holds them.

Descents, a census and a graph of connections all hold minima with their energies, positions and the
number of descents that ended in each.  A page draws some hundreds of them one by one; if there are
more, it draws those with the largest basins, and says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.connections import Connections
from spinglass.connections.files import from_dataset
from spinglass.contents.kind_name import KindName
from spinglass.contents.kind_registry import open_file
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.files.provenance import is_drawn
from spinglass.landscape.planting import hidden_point
from spinglass.report.given import ReadFile
from spinglass.search.descent import Status
from spinglass.search.minima import hidden_overlap
from spinglass.search.results import DESCENTS
from spinglass.signals import signal_said_by

MOST = 300
"""Most minima of a field that are drawn one by one."""

_MOST_PAIRS = 1_000_000
"""Most overlaps between two minima that a page holds, of all fields together."""


@dataclass(frozen=True)
class FieldMinima:
    """The minima drawn at one field, by ascending energy, and totals over all that were found.

    Attributes
    ----------
    nu : float
        Field strength.
    regime : str
        The regime the field stands for, or empty.
    n : int
        Spins.
    law : Covariance
        Covariance of the landscape, with the field.
    plain : bool
        Whether the landscape is a plain sample, to which the exact means over samples apply.
    starts, ended : int
        Descents made, and those that ended in a minimum.
    found : int
        Minima found, or pairs x and -x of them.
    pairs : bool
        Whether x and -x are one entry.
    number : (minima,) int64
        Place of each minimum drawn among all found.
    energy, lambda_min : (minima,) float64
        H/n, and the lowest tangent eigenvalue, nan if the file lacks it.
    count : (minima,) int64
        Descents that ended in each minimum.
    spins : (minima, n) float64
        Positions, |x|^2 = n.
    graph : Connections, optional
        The saddles between the minima, if the file holds them.
    hidden_overlap : (minima,) float64, optional
        Overlap x . s* / n with the point hidden in the landscape, if any; its absolute value if
        x and -x are one entry.
    """

    nu: float
    regime: str
    n: int
    law: Covariance
    plain: bool
    starts: int
    ended: int
    found: int
    pairs: bool
    number: NDArray[np.int64]
    energy: Array
    lambda_min: Array
    count: NDArray[np.int64]
    spins: Array
    graph: Connections | None = None
    hidden_overlap: Array | None = None

    @property
    def overlaps(self) -> Array:
        """Overlaps x . y / n, absolute values if x and -x are one entry; (minima, minima)."""
        q = np.clip(self.spins @ self.spins.T / self.n, -1.0, 1.0)
        np.fill_diagonal(q, 1.0)
        return np.abs(q) if self.pairs else q

    @property
    def share(self) -> Array:
        """Basin weights: the share of the descents that ended in each minimum; (minima,)."""
        return self.count / max(self.starts, 1)


def most_minima(fields: int) -> int:
    """Return how many minima of each field a page draws, given its number of fields."""
    return min(MOST, int((_MOST_PAIRS / max(fields, 1)) ** 0.5))


def read_minima(kind: KindName, file: ReadFile, most: int = MOST) -> FieldMinima:
    """Read the minima of a file of descents, a census or connections, with their positions.

    At most ``most`` are kept: those in which most descents ended, and of equal ones the lowest.
    `InputError` if the file holds no minimum, `DamagedFileError` if it is damaged meanwhile.
    """
    raw = _READERS[kind](file)
    count = raw["count"]
    if not len(count):
        raise InputError(f"{file.path} must hold a minimum to draw, got none")
    kept = np.sort(np.lexsort((np.arange(len(count)), -count))[:most])
    columns = {name: raw.pop(name)[kept] for name in ("energy", "lambda_min", "count", "spins")}
    attrs = file.data.attrs
    return FieldMinima(
        nu=float(attrs["nu"]),
        regime=str(attrs.get("regime") or ""),
        n=int(attrs["n"]),
        law=Covariance.said_by(attrs),
        plain=is_drawn(attrs),
        found=len(count),
        number=kept.astype(np.int64),
        hidden_overlap=_hidden_overlap(attrs, columns["spins"], raw["pairs"]),
        **columns,
        **raw,
    )


def _hidden_overlap(attrs: dict[str, Any], spins: Array, pairs: bool) -> Array | None:
    """Compute the overlaps with the hidden point, which graphs of earlier versions lack."""
    if signal_said_by(attrs) is None or attrs["seed"] < 0:
        return None
    return hidden_overlap(spins, hidden_point(int(attrs["n"]), int(attrs["seed"])), pairs)


def _of_descents(file: ReadFile) -> dict[str, Any]:
    data = DESCENTS.open(file.path, ("spins",))
    return {
        **{name: data[f"minimum_{name}"].values for name in ("energy", "lambda_min", "count")},
        "spins": data["minimum_spins"].values,
        "starts": data.sizes["start"],
        "ended": int(np.sum(data["status"].values == Status.MINIMUM)),
        "pairs": bool(data.attrs["antipodal_pairs"]),
    }


def _of_census(file: ReadFile) -> dict[str, Any]:
    data = _whole(file)
    return {
        **{name: data[name].values for name in ("energy", "lambda_min", "count", "spins")},
        "starts": int(data.attrs["starts"]),
        "ended": int(data["count"].sum()),
        "pairs": bool(data.attrs["antipodal_pairs"]),
    }


def _of_connections(file: ReadFile) -> dict[str, Any]:
    whole = from_dataset(_whole(file), file.path)
    graph = _of_pairs(whole) if whole.antipodal else whole
    return {
        "energy": graph.minimum_energy,
        "lambda_min": np.full(len(graph.minima), np.nan),
        "count": graph.count,
        "spins": graph.minima,
        "starts": graph.descents,
        "ended": int(graph.count.sum()),
        "pairs": whole.antipodal,
        "graph": graph,
    }


def _of_pairs(graph: Connections) -> Connections:
    """Return a graph of points and their antipodes as one that has a node for each pair."""
    ends = np.where(graph.ends < 0, graph.ends, graph.ends // 2)
    first = slice(None, None, 2)
    return graph.taken(first, first, ends=np.sort(ends[first], axis=1), antipodal=False)


def _whole(file: ReadFile) -> xr.Dataset:
    return open_file(file.path)[2]


_READERS = {
    KindName.DESCENTS: _of_descents,
    KindName.CENSUS: _of_census,
    KindName.CONNECTIONS: _of_connections,
}

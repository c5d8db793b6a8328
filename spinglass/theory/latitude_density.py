"""Mean numbers of stationary points by their latitude beside a hidden point, exactly at finite n.

In the frame of t, the tangent towards s*, the Hessian at latitude m is M - X with M symmetric and
Gaussian.  Elimination from the last row upwards leaves the pivot of the first row, whose entry
alone knows of the signal: the mean of |det(M - X)| over matrices with a given number of negative
pivots follows from a recursion over the densities of the pivots that depends on X alone
(`positive_pivots` for minima, `signed_pivots` else), and an integral over the Gaussian law of X
(`latitude_law`).  Nothing is sampled.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BarycentricInterpolator

from spinglass.arrays import Array
from spinglass.checks import LARGEST_ORDER, integer_at_least, real_array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.first_pivot import PositiveColumns, SignedColumns
from spinglass.theory.latitude_law import LatitudeLaw, Terms, latitude_law
from spinglass.theory.panels import DIED_OUT, log_sum
from spinglass.theory.parameters import check_index, covariance_of, integer, real
from spinglass.theory.positive_pivots import gauss_legendre
from spinglass.theory.signed_pivots import signed_flow

LARGEST_DIMENSION = 20_000
"""Largest n for minima and maxima."""

LARGEST_INDEXED_DIMENSION = 500
"""Largest n for other indices and for all points together."""

_NODES = 16
_FINE = 48


def latitude_density(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> Array:
    """Mean number of stationary points per unit of latitude; arguments as `log_latitude_density`.

    Returns
    -------
    ndarray of float64
        Of the shape of the latitudes; inf beyond the range of doubles.
    """
    logs = log_latitude_density(n, covariance, signal, latitude, index, pinned=pinned)
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(logs))


def log_latitude_density(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> Array:
    """Logarithm of the mean number of stationary points per unit of latitude at finite n.

    For minima and maxima its error is below 1e-9, else below 1e-6 unless so few points are expected
    that the density is less than about 1e-10 of that of a neighbouring index.  Pinned landscapes of
    fewer than eight spins have larger ones, up to 1e-3 where |m| is near 1 at n = 3.

    Parameters
    ----------
    n : int
        Spins, at least 3; at most 20,000 for minima and maxima, else 500.
    covariance : Covariance or int
        Of the noise.
    signal : dict of int to float
        a_p by order p >= 1; {3: 1.3} is a spike of order 3, {} none.
    latitude : array_like of float
        m, each in (-1, 1).
    index : int, optional
        Only points of this Morse index.
    pinned : bool
        Whether the noise of every order vanishes at the hidden point, as in pinned planting.

    Returns
    -------
    ndarray of float64
        Of the shape of the latitudes.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    return latitude_means(n, covariance, signal, latitude, index, pinned=pinned)[0]


def log_latitude_plane(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    radial_force: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> Array:
    """Logarithm of the mean number of points per unit of latitude and of radial force.

    Without field, and with a signal of its own order only, a pure model has X = p H/n.

    Parameters
    ----------
    n, covariance, signal, latitude, index, pinned
        As of `log_latitude_density`; latitudes (latitudes,).
    radial_force : array_like of float
        X, (forces,), ascending.

    Returns
    -------
    ndarray of float64, (latitudes, forces)
        The logarithms.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    asked, m = _asked(n, covariance, signal, latitude, index, pinned)
    x = real_array("radial_force", radial_force)
    if m.ndim != 1 or x.ndim != 1 or min(m.size, x.size) == 0 or np.any(np.diff(x) <= 0.0):
        raise InputError(
            "latitudes must be in one row and radial forces ascend, got shapes "
            f"{m.shape} and {x.shape}"
        )
    laws, y = [asked.at(float(each)) for each in m], asked.sign * x[:: asked.sign] / asked.unit
    columns: PositiveColumns | SignedColumns
    if asked.negative == 0:
        columns = PositiveColumns(asked.rows, y, asked.above(laws))
    else:
        flow = signed_flow(asked.rows, y, asked.negative)
        columns = SignedColumns(flow, asked.rows, asked.negative)
    rows = [
        columns.averages(asked.first_mean(law, y), law.second[2] / asked.unit).log
        + asked.log_prior(law, y)
        - math.log(asked.unit)
        for law in laws
    ]
    return np.array(rows)[:, :: asked.sign]


@dataclass(frozen=True)
class _Question:
    """What is asked; matrices are in units of the deviation off the diagonal.

    Indices above the middle are asked of -H, whose sign is -1: y is then -X in that unit.
    """

    n: int
    law: Covariance
    terms: Terms
    index: int | None
    pinned: bool

    @property
    def rows(self) -> int:
        """Rows of the Hessian."""
        return self.n - 1

    @property
    def unit(self) -> float:
        """Standard deviation of a second derivative off the diagonal."""
        return math.sqrt(self.law.curvature / self.n)

    @property
    def sign(self) -> int:
        """Return -1 for -H."""
        return -1 if self.index is not None and 2 * self.index > self.rows else 1

    @property
    def negative(self) -> int | None:
        """Number of negative pivots."""
        return self.index if self.index is None or self.sign > 0 else self.rows - self.index

    def at(self, m: float) -> LatitudeLaw:
        """Return the law at a latitude."""
        return latitude_law(self.n, self.law, self.terms, m, self.pinned)

    def first_mean(self, law: LatitudeLaw, y: np.ndarray) -> np.ndarray:
        """Return the mean of the first entry of the Hessian."""
        x = self.radial(y)
        return np.asarray(self.sign * (law.second_mean(x) - x) / self.unit)

    def radial(self, y: np.ndarray) -> np.ndarray:
        """Return X."""
        return np.asarray(self.sign * self.unit * y)

    def reach(self, law: LatitudeLaw) -> tuple[float, float]:
        """Return between which y the integral over X is."""
        centre, spread = self.sign * law.radial_mean / self.unit, law.radial_deviation / self.unit
        # log|det| has a slope of at most sqrt(rows) in y, and beyond the bulk of rows / y.
        steepest = min(1.0, 1.0 / math.sqrt(max(spread**2 - 1.0, 1e-9)))
        root = math.sqrt(self.rows)
        away = spread**2 * steepest * root + 9.0 * spread
        # Where the prior asks for eigenvalues of the wrong sign, those of the right one go below.
        lowest = min(centre, -2.0 * root) if self.negative == 0 else centre
        return lowest - away, centre + away

    def above(self, laws: list[LatitudeLaw]) -> float:
        """Return by how much the mean of the first entry exceeds -y at most."""
        ends = [np.array(self.reach(law)) for law in laws]
        away = [self.first_mean(law, y) + y for law, y in zip(laws, ends, strict=True)]
        return max(0.0, float(np.max(away)))

    def log_prior(self, law: LatitudeLaw, y: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density of y, of the gradient at 0 and of the area."""
        deviation = law.radial_deviation
        z = (self.radial(y) - law.radial_mean) / deviation
        scale = self.unit / (deviation * math.sqrt(2.0 * math.pi))
        return np.asarray(
            law.log_factor + self.rows * math.log(self.unit) + math.log(scale) - 0.5 * z**2
        )


def _asked(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None,
    pinned: bool,
) -> tuple[_Question, np.ndarray]:
    law, size = covariance_of(covariance), integer("n", n, 3, LARGEST_DIMENSION)
    wanted = None if index is None else check_index(index, size)
    if wanted not in (0, size - 1) and size > LARGEST_INDEXED_DIMENSION:
        raise InputError(
            f"n must be at most {LARGEST_INDEXED_DIMENSION} but for minima and maxima, got {n}"
        )
    terms = tuple(
        (integer_at_least("the order of a spike", p, 1, 64), real("the strength of a spike", a))
        for p, a in signal.items()
    )
    m = real_array("latitude", latitude)
    if not np.all(np.abs(m) < 1.0):
        raise InputError(f"latitude must be between -1 and 1, both excluded, got {latitude!r}")
    if pinned:
        _check_pinned(law)
    return _Question(size, law, terms, wanted, bool(pinned)), m


def _check_pinned(law: Covariance) -> None:
    highest = law.weights[-1][0]
    if not 2 < highest <= LARGEST_ORDER:
        raise InputError(
            f"pinned noise must have an order between 3 and {LARGEST_ORDER} and none above, "
            f"got {law.orders}"
        )


def latitude_means(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> tuple[Array, Array]:
    """Logarithms of the density and mean H/n at each latitude; arguments as `log_latitude_density`.

    Returns
    -------
    (ndarray, ndarray) of float64
        Both of the shape of the latitudes.
    """
    asked, m = _asked(n, covariance, signal, latitude, index, pinned)
    laws = [asked.at(float(each)) for each in m.reshape(-1)]
    line = _MinimaLine(asked, laws) if asked.negative == 0 else _WholeLine(asked, laws)
    means = np.array([_integral(asked, law, line) for law in laws]).reshape(-1, 2)
    return means[:, 0].reshape(m.shape), means[:, 1].reshape(m.shape)


Panel = tuple[float, float, np.ndarray]
"""Ends of an interval of y and Gauss's nodes in it."""


class _MinimaLine:
    """Matrices without negative pivot for y in panels outwards from the edge of their spectrum."""

    sides: tuple[int, ...] = (-1, 1)

    def __init__(self, asked: _Question, laws: list[LatitudeLaw]):
        self._rows, self._above = asked.rows, asked.above(laws)
        self._edge = -2.0 * math.sqrt(asked.rows)
        self._panels: dict[int, list[Panel]] = {-1: [], 1: []}
        self._columns: dict[tuple[int, int], PositiveColumns] = {}

    def panels(self, side: int) -> Iterator[tuple[int, Panel]]:
        """Go outwards without end; what was computed is kept."""
        place = 0
        while True:
            known = self._panels[side]
            if place == len(known):
                low, high = known[-1][:2] if known else 2 * (self._edge,)
                inner = high if side > 0 else low
                outer = inner + side * self._width(inner)
                known.append(_panel(min(inner, outer), max(inner, outer)))
            yield place, known[place]
            place += 1

    def at(self, side: int, place: int) -> PositiveColumns:
        """Return the matrices at the nodes of a panel."""
        key = side, place
        if key not in self._columns:
            self._columns[key] = PositiveColumns(
                self._rows, self._panels[side][place][2], self._above
            )
        return self._columns[key]

    def _width(self, y: float) -> float:
        """A few times what means of determinants vary over, beside a prior of deviation 1 or so."""
        narrow = 4.0 * self._rows ** (-1.0 / 6.0)
        inside = y - self._edge
        if inside < 0.0:
            return min(3.0, narrow - 0.5 * inside)
        return narrow / math.sqrt(max(1.0, inside * self._rows ** (1.0 / 6.0)))


class _WholeLine:
    """Matrices of a given index, or of any, for y in panels over all that matters."""

    sides: tuple[int, ...] = (1,)

    def __init__(self, asked: _Question, laws: list[LatitudeLaw]):
        rows = asked.rows
        ends = [asked.reach(law) for law in laws]
        width = 12.0 * min(0.25, 1.5 / math.sqrt(rows))
        low, high = np.min(ends), np.max(ends)
        edges = np.linspace(low, high, 2 + int((high - low) / width))
        self._panels = [_panel(*each) for each in pairwise(edges.tolist())]
        y = np.concatenate([nodes for _, _, nodes in self._panels])
        flow = signed_flow(rows, y, asked.negative)
        self._columns = SignedColumns(flow, rows, asked.negative)
        if not asked.pinned:  # all latitudes have the same deviation
            means = [asked.first_mean(law, np.array([low, high])) for law in laws]
            self._columns.tabulate(np.min(means), np.max(means), laws[0].second[2] / asked.unit)

    def panels(self, _: int) -> Iterator[tuple[int, Panel]]:
        """All of them."""
        return iter(enumerate(self._panels))

    def at(self, _: int, place: int) -> SignedColumns:
        """Return the matrices at the nodes of a panel."""
        return self._columns.part(slice(_NODES * place, _NODES * (place + 1)))


def _panel(low: float, high: float) -> Panel:
    return low, high, low + 0.5 * (high - low) * (1.0 + gauss_legendre(_NODES)[0])


def _integral(
    asked: _Question, law: LatitudeLaw, line: _MinimaLine | _WholeLine
) -> tuple[float, float]:
    """Return the logarithm of the mean number over all X, and the mean energy."""
    terms: list[float] = []
    energies: list[float] = []
    least, most = asked.reach(law)
    for side in line.sides:
        before, highest = -math.inf, max(terms, default=-math.inf)
        for place, panel in line.panels(side):
            if len(line.sides) == 2 and (panel[0] > most if side > 0 else panel[1] < least):
                break
            now, energy = _panel_integral(asked, law, line, (side, place, panel))
            terms.append(now)
            energies.append(energy)
            highest = max(highest, now)
            if len(line.sides) == 2 and now <= before and now < highest - DIED_OUT:
                break
            before = now
    total = log_sum(np.array(terms))
    if total == -math.inf:
        return total, math.nan
    return total, float(np.exp(np.array(terms) - total) @ np.array(energies))


def _panel_integral(
    asked: _Question,
    law: LatitudeLaw,
    line: _MinimaLine | _WholeLine,
    where: tuple[int, int, Panel],
) -> tuple[float, float]:
    """Return the logarithm of the integral over a panel, and the mean energy there."""
    side, place, (low, high, y) = where
    deviation = law.second[2] / asked.unit
    least, most = asked.reach(law)
    if 5.0 * law.radial_deviation / asked.unit < high - low:
        low, high = max(low, least), min(high, most)
        if low >= high:
            return -math.inf, 0.0
        nodes, weight = gauss_legendre(_FINE)
        fine, weight = low + 0.5 * (high - low) * (1.0 + nodes), 0.5 * (high - low) * weight
        # Along X the first entry changes fast, the other rows slowly.
        between = BarycentricInterpolator(y, np.eye(_NODES))(fine)
        means = asked.first_mean(law, fine)
        found = line.at(side, place).pairs(means, deviation)
        log, excess = np.sum(between * [found.log, found.excess], axis=-1)
        y = fine
    else:
        found = line.at(side, place).averages(asked.first_mean(law, y), deviation)
        log, excess = found.log, found.excess
        weight = 0.5 * (high - low) * gauss_legendre(_NODES)[1]
    terms = log + asked.log_prior(law, y) + np.log(weight)
    total = log_sum(terms)
    if total == -math.inf:
        return total, 0.0
    x = asked.radial(y)
    energy = law.energy_mean(x, asked.sign * asked.unit * excess)
    return total, float(np.exp(terms - total) @ energy)

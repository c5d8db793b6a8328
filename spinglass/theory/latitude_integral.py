"""The integral over the radial force of the mean number of points at a latitude.

The integration variable y is the shift of the Hessian, in units of the standard deviation of its
off-diagonal entries.  The densities of the pivots (`first_pivot`) do not depend on the latitude:
they are computed once at the nodes of each panel of y, and kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import BarycentricInterpolator

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.first_pivot import PositiveColumns, SignedColumns
from spinglass.theory.latitude_law import LatitudeLaw, SignalTerms, latitude_law
from spinglass.theory.panels import DIED_OUT, log_sum
from spinglass.theory.positive_pivots import gauss_legendre
from spinglass.theory.signed_pivots import signed_flow

LARGEST_SHIFT = 250.0
"""Largest shift of a matrix for minima and maxima, in deviations of entries off its diagonal."""

LARGEST_INDEXED_SHIFT = 60.0
"""The same for other indices and all points together; at least twice the spectrum's edge."""

_ALMOST_DEGENERATE = 0.95
"""Beyond this |m|, X nearly fixes the first entry of the Hessian in pinned noise."""

_NODES = 16
_FINE = 48


@dataclass(frozen=True)
class LatitudeQuestion:
    """The points to count; matrices are in units of the deviation of off-diagonal entries.

    For indices above the middle -H takes the place of H: ``sign`` is -1, and y is -X in this unit.
    """

    n: int
    law: Covariance
    terms: SignalTerms
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
        """-1 if -H takes the place of H, else 1."""
        return -1 if self.index is not None and 2 * self.index > self.rows else 1

    @property
    def negative(self) -> int | None:
        """Number of negative pivots of the matrices; None for any."""
        return self.index if self.index is None or self.sign > 0 else self.rows - self.index

    def relative_error(self, m: np.ndarray) -> float:
        """Return a bound of the relative error of densities; points must not be very rare."""
        if self.pinned and np.any(np.abs(m) > _ALMOST_DEGENERATE):
            return 1e-4
        if self.negative != 0:
            return 2e-5
        return 1e-8 if self.pinned else 1e-9

    def at(self, m: float) -> LatitudeLaw:
        """Return the law at a latitude."""
        return latitude_law(self.n, self.law, self.terms, m, self.pinned)

    def first_mean(self, law: LatitudeLaw, y: np.ndarray) -> np.ndarray:
        """Return the mean of the first entry of the Hessian."""
        x = self.radial(y)
        return np.asarray(self.sign * (law.second_mean(x) - x) / self.unit)

    def sign_change(self, law: LatitudeLaw) -> float:
        """Return the y at which the mean of the first entry is 0."""
        at_zero, at_one = self.first_mean(law, np.array([0.0, 1.0])).tolist()
        return float(at_zero / (at_zero - at_one)) if at_zero != at_one else math.inf

    def radial(self, y: np.ndarray) -> np.ndarray:
        """Return X at ``y``."""
        return np.asarray(self.sign * self.unit * y)

    def reach(self, law: LatitudeLaw) -> tuple[float, float]:
        """Return the range of y over which the integral over X runs."""
        centre, spread = self.sign * law.radial_mean / self.unit, law.radial_deviation / self.unit
        # log|det| has a slope of at most sqrt(rows) in y, and beyond the bulk of rows / y.
        steepest = min(1.0, 1.0 / math.sqrt(max(spread**2 - 1.0, 1e-9)))
        root = math.sqrt(self.rows)
        away = spread**2 * steepest * root + 9.0 * spread
        low = high = centre
        # If eigenvalues or the first entry have the wrong sign at the prior's centre, the right
        # sign is likeliest at a compromise: shifting a Gaussian matrix by d costs rows d^2 / 4.
        if self.negative == 0 and centre > -2.0 * root:
            low -= (centre + 2.0 * root) * (1.0 - 1.0 / (1.0 + self.rows * spread**2))
        mean, after = self.first_mean(law, np.array([centre, centre + spread])).tolist()
        if self.negative == 0 and mean < 0.0:
            rise, deviation = after - mean, law.second[2] / self.unit
            best = centre - spread * mean * rise / (rise**2 + deviation**2)
            low, high = min(low, best), max(high, best)
        return low - away, high + away

    def above(self, laws: list[LatitudeLaw]) -> float:
        """Return the largest excess of the first entry's mean over -y, at least 0."""
        ends = [np.array(self.reach(law)) for law in laws]
        away = [self.first_mean(law, y) + y for law, y in zip(laws, ends, strict=True)]
        return max(0.0, float(np.max(away)))

    def check_shifts(self, y: np.ndarray, laws: list[LatitudeLaw]) -> None:
        """Raise `InputError` for shifts too large for the densities of the pivots."""
        farthest = max(float(np.max(np.abs(y), initial=0.0)), self.above(laws))
        most = LARGEST_SHIFT
        if self.negative != 0:
            most = max(LARGEST_INDEXED_SHIFT, 4.0 * math.sqrt(self.rows))
        if farthest > most:
            raise InputError(
                f"field and signal must move the Hessian by at most {most:.4g} standard "
                f"deviations of its entries, got {farthest:.6g} from {self.law} and the signal "
                f"{dict(self.terms)}"
            )

    def log_prior(self, law: LatitudeLaw, y: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density of y times that of the gradient at 0 and the area."""
        deviation = law.radial_deviation
        z = (self.radial(y) - law.radial_mean) / deviation
        scale = self.unit / (deviation * math.sqrt(2.0 * math.pi))
        return np.asarray(
            law.log_factor + self.rows * math.log(self.unit) + math.log(scale) - 0.5 * z**2
        )


QuadraturePanel = tuple[float, float, np.ndarray]
"""The ends of an interval of y, and the Gauss nodes in it."""


class _MinimaLine:
    """Matrices without negative pivots, with y in panels outwards from the edge of the spectrum."""

    sides: tuple[int, ...] = (-1, 1)

    def __init__(self, asked: LatitudeQuestion, laws: list[LatitudeLaw]):
        self._rows, self._above = asked.rows, asked.above(laws)
        self._edge = -2.0 * math.sqrt(asked.rows)
        self._widest = max(3.0, 3.0 * min(law.radial_deviation for law in laws) / asked.unit)
        self._panels: dict[int, list[QuadraturePanel]] = {-1: [], 1: []}
        self._columns: dict[tuple[int, int], PositiveColumns] = {}

    def panels(self, side: int) -> Iterator[tuple[int, QuadraturePanel]]:
        """Yield numbered panels outwards, without end; panels are kept."""
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
        """Return a few times the scale on which mean determinants and the prior vary."""
        narrow = 4.0 * self._rows ** (-1.0 / 6.0)
        inside = y - self._edge
        if inside < 0.0:
            return min(self._widest, narrow - 0.5 * inside)
        return narrow / math.sqrt(max(1.0, inside * self._rows ** (1.0 / 6.0)))


class _WholeLine:
    """Matrices of one index, or of any, with y in panels over its whole range."""

    sides: tuple[int, ...] = (1,)

    def __init__(self, asked: LatitudeQuestion, laws: list[LatitudeLaw]):
        rows = asked.rows
        ends = [asked.reach(law) for law in laws]
        width = (6.0 if asked.pinned else 12.0) * min(0.25, 1.5 / math.sqrt(rows))
        low, high = float(np.min(ends)), float(np.max(ends))
        widest = max(width, 3.0 * min(law.radial_deviation for law in laws) / asked.unit)
        edges = _edges(low, high, 2.0 * math.sqrt(rows), width, widest)
        self._panels = [_panel(*each) for each in pairwise(edges)]
        y = np.concatenate([nodes for _, _, nodes in self._panels])
        flow = signed_flow(rows, y, asked.negative)
        self._columns = SignedColumns(flow, rows, asked.negative)
        if not asked.pinned:  # all latitudes have the same deviation
            means = [asked.first_mean(law, np.array([low, high])) for law in laws]
            self._columns.tabulate(np.min(means), np.max(means), laws[0].second[2] / asked.unit)

    def panels(self, _: int) -> Iterator[tuple[int, QuadraturePanel]]:
        """Return all panels, numbered."""
        return iter(enumerate(self._panels))

    def at(self, _: int, place: int) -> SignedColumns:
        """Return the matrices at the nodes of a panel."""
        return self._columns.part(slice(_NODES * place, _NODES * (place + 1)))


def _edges(low: float, high: float, bulk: float, width: float, widest: float) -> list[float]:
    """Return edges of panels, wider outside the spectrum, where integrands are smoother in y."""
    edges = [low]
    while edges[-1] < high:
        outside = max(0.0, abs(edges[-1]) - bulk)
        edges.append(edges[-1] + min(widest, width + 0.2 * outside))
    return edges


def _panel(low: float, high: float) -> QuadraturePanel:
    return low, high, low + 0.5 * (high - low) * (1.0 + gauss_legendre(_NODES)[0])


def integrals(asked: LatitudeQuestion, latitudes: list[float]) -> np.ndarray:
    """Return the logarithm of the mean number and the mean energy, shape (latitudes, 2)."""
    laws = [asked.at(m) for m in latitudes]
    asked.check_shifts(np.array([asked.reach(law) for law in laws]), laws)
    line = _MinimaLine(asked, laws) if asked.negative == 0 else _WholeLine(asked, laws)
    return np.array([_integral(asked, law, line) for law in laws]).reshape(-1, 2)


def _integral(
    asked: LatitudeQuestion, law: LatitudeLaw, line: _MinimaLine | _WholeLine
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


def _fine_nodes(low: float, high: float, change: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss nodes and weights, dense where the mean of the first entry changes its sign.

    If the deviation of that entry is small, determinants of small matrices are hardly smooth there.
    """
    nodes, weight = gauss_legendre(_FINE)
    if not low < change < high:
        return low + 0.5 * (high - low) * (1.0 + nodes), 0.5 * (high - low) * weight
    share, weight = 0.5 * (1.0 + nodes), 1.5 * weight
    parts = [
        (length * share**3, abs(length) * share**2 * weight)
        for length in (low - change, high - change)
    ]
    return change + np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])


def _panel_integral(
    asked: LatitudeQuestion,
    law: LatitudeLaw,
    line: _MinimaLine | _WholeLine,
    where: tuple[int, int, QuadraturePanel],
) -> tuple[float, float]:
    """Return the logarithm of the integral over a panel, and the mean energy there."""
    side, place, (low, high, y) = where
    deviation = law.second[2] / asked.unit
    least, most = asked.reach(law)
    widest = 5.0 if asked.negative == 0 else 1.5 if asked.pinned else 4.0
    if widest * law.radial_deviation / asked.unit < high - low:
        low, high = max(low, least), min(high, most)
        if low >= high:
            return -math.inf, 0.0
        fine, weight = _fine_nodes(low, high, asked.sign_change(law))
        # The first entry changes fast with X, the other rows change slowly.
        between = BarycentricInterpolator(y, np.eye(_NODES))(fine)
        means = asked.first_mean(law, fine)
        found = line.at(side, place).pairs(means, deviation)
        log, excess = np.sum(between * [found.log, found.excess], axis=-1)
        # Where the index is very unlikely, the interpolating polynomials would overshoot.
        log, y = np.minimum(log, found.log.max(axis=-1) + 0.1), fine
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

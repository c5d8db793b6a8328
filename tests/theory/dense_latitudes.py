"""The density of stationary points over the latitude for three spins, by dense quadrature.

The Hessian has two rows there: first entry a, last c, b between them, all less X.  Everything is
summed over a grid of X, c and b; the mean over a is a normal variable's, in closed form.
"""

import math

import numpy as np
from scipy.special import ndtr

from spinglass.covariance import Covariance
from spinglass.theory.latitude_law import latitude_law


def dense_latitude(law: Covariance, signal, m, index, pinned=False, nodes=(70, 110, 80)):
    """Logarithm of the mean number of points of an index, or of any, per unit of latitude."""
    known = latitude_law(3, law, tuple(signal.items()), m, pinned)
    unit = math.sqrt(law.curvature / 3.0)
    x, share = _over_force(known, nodes[0])
    b, of_b = _between(0.0, 9.0, nodes[2])
    of_b = of_b * np.exp(-0.5 * b**2) * 2.0 / math.sqrt(2.0 * math.pi)
    terms = []
    for force, chance in zip(x.tolist(), share.tolist(), strict=True):
        mean = float(known.second_mean(np.array(force))) - force
        for sign in (1.0, -1.0):
            root, of_c = _between(0.0, math.sqrt(15.0 * unit + abs(force)), nodes[1])
            c = sign * root**2
            gauss = np.exp(-(((c + force) / (2.0 * unit)) ** 2)) / math.sqrt(4.0 * math.pi)
            of_c = of_c * 2.0 * root * gauss / unit * np.abs(c)
            z = (mean - (b * unit) ** 2 / c[:, None]) / known.second[2]
            density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
            above = known.second[2] * np.maximum(z * ndtr(z) + density, 0.0)
            below = known.second[2] * np.maximum(density - z * ndtr(-z), 0.0)
            wanted = {None: above + below, 0: above * (sign > 0), 2: below * (sign < 0)}
            wanted[1] = below if sign > 0 else above
            terms.append(chance * (of_c @ wanted[index] @ of_b))
    return known.log_factor + math.log(math.fsum(terms))


def _over_force(known, nodes):
    """Values of X and their chances, dense where the first entry's mean changes its sign."""
    start = float(known.second_mean(np.array(known.radial_mean))) - known.radial_mean
    change = -start / ((known.second[1] - 1.0) * known.radial_deviation)
    ends = min(-12.0, change - 12.0), max(12.0, change + 12.0)
    t, weight = _between(0.0, 1.0, nodes)
    parts = [
        (change + (end - change) * t**3, abs(end - change) * 3.0 * t**2 * weight) for end in ends
    ]
    z, share = (np.concatenate(each) for each in zip(*parts, strict=True))
    share = share * np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    return known.radial_mean + known.radial_deviation * z, share


def _between(low, high, nodes):
    x, weight = np.polynomial.legendre.leggauss(nodes)
    return low + 0.5 * (high - low) * (1.0 + x), 0.5 * (high - low) * weight

"""Densities of the points of one Morse index along the eigenvalue s, at any s and up to any s.

The table of `spinglass.theory.ordered`, at half its step, holds functions of limited bandwidth:
sinc functions interpolate them as accurately as the trapezoidal rule integrates them.
"""

import math

import numpy as np
from scipy.special import sici

from spinglass.covariance import Covariance
from spinglass.theory.energy import EnergyStep
from spinglass.theory.ordered import ordered_log_densities

_NODES = 64
_FAR = 40.0
"""A step this many widths and cells beyond all points has all of them on one side."""


class IndexLine:
    """``exp(-(B/2) s^2) p_k(s)`` for every index k on the whole line.

    Parameters
    ----------
    n : int
        Number of spins, at least 2.
    law : Covariance
        The covariance, which gives B.
    """

    def __init__(self, n: int, law: Covariance) -> None:
        points, log_values, self._step = ordered_log_densities(n, finer=2)
        half = log_values - 0.5 * law.plus * points**2
        self._points = np.concatenate([points[::-1], -points[1:]])
        logs = np.concatenate([half[:, ::-1], half[::-1, 1:]], axis=1)
        self.log_scale = logs.max(axis=1)
        """Logarithm of the largest value of each index, shape (n,)."""
        self._values = np.exp(logs - self.log_scale[:, None])

    def density(self, k: int, s: np.ndarray) -> np.ndarray:
        """Return the density of index k at any s, divided by exp(log_scale[k]); 0 off the table.

        The error is absolute, about 1e-10 of the largest value.
        """
        waves = np.sinc((s[..., None] - self._points) / self._step)
        inside = np.abs(s) <= self._points[-1]
        return np.where(inside, np.maximum(waves @ self._values[k], 0.0), 0.0)

    def below(self, step: EnergyStep) -> np.ndarray:
        """Return the integrals of all densities times the share below, divided by exp(log_scale).

        The shape is (n,), the error about 1e-10 of the integral over the whole line.
        """
        distance = (step.centre - self._points) / self._step
        if abs(step.centre) - self._points[-1] > _FAR * max(self._step, step.width):
            shares = np.full(distance.shape, float(step.centre > 0.0))
        elif step.width == 0.0:
            shares = 0.5 + sici(math.pi * distance)[0] / math.pi
        else:
            shares = _smooth_shares(distance, step.width / self._step)
        return self._step * (self._values @ shares)


def _smooth_shares(distance: np.ndarray, width: float) -> np.ndarray:
    """Integrals of sinc(y) Phi((d - y) / width) over y, for every d.

    In Fourier space, ``1/2 + (1/pi) int_0^pi sin(k d) exp(-(width k)^2 / 2) / k dk``, by Gauss and
    Legendre's rule on pieces in which the sine turns a few times.
    """
    pieces = 1 + int(np.abs(distance).max() / 8.0)
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    half = 0.5 * math.pi / pieces
    k = (half * (2.0 * np.arange(pieces)[:, None] + 1.0 + x)).ravel()
    damped = np.exp(-0.5 * (width * k) ** 2) / k * np.tile(half * weights, pieces)
    return 0.5 + np.sin(distance[:, None] * k) @ damped / math.pi

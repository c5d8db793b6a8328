"""The Gaussian law of energy and derivatives at a point of given latitude beside a hidden point s*.

At a point x with m = x . s* / n let t be the unit tangent towards s*.  Energy E = H/n, radial force
X = x . dH / n, the derivative g of H along t and the second derivative h along t are jointly
Gaussian.  With the noise H_0 of covariance n xi and the signal -n xi_s(m) they have (xi at 1)

- means: -xi_s, -m xi_s', -sqrt(n (1 - m^2)) xi_s' and -(1 - m^2) xi_s'';
- variances: xi/n, (xi' + xi'')/n, xi' and 2 xi''/n; Cov(E, X) = xi'/n, all others 0.

The other n - 2 components of the gradient and all other second derivatives in the tangent space are
independent of these four, with variances xi' and xi''/n (2 xi''/n on the diagonal).

In a *pinned* landscape the noise of every order p vanishes at s*: H_0 less sum_p H_p(s*) m^p, of
covariance n (xi(q) - xi(m m')).  This changes only the law of the four scalars.  On the circle
through s* and x, at angle phi from s*, the noise of order p is

    c_p sqrt(n) sum_k z_k binom(p, k)^(1/2) cos(phi)^(p - k) sin(phi)^k

with independent standard normal z_k, k = 0 ... p: its covariance there is c_p^2 n cos(phi -
phi')^p.  Pinned noise lacks the term k = 0.  E, X, g and h are (f, p f, -sqrt(n) f', f'' + p f) /
sqrt(n) for that sum f.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from spinglass.covariance import Covariance

SignalTerms = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class LatitudeLaw:
    """The law of E, X and h at stationary points of one latitude, and of the gradient at 0.

    Attributes
    ----------
    log_factor : float
        Logarithm of the area of the sphere per unit of latitude times the density of the gradient
        at 0.
    radial_mean, radial_deviation : float
        Mean and standard deviation of X.
    second : (float, float, float)
        Mean of h at the mean of X, its slope in X, and its deviation given X.
    energy : (float, float, float)
        Mean of E at the mean of X, its slope in X, and its slope in h given X.
    """

    log_factor: float
    radial_mean: float
    radial_deviation: float
    second: tuple[float, float, float]
    energy: tuple[float, float, float]

    def second_mean(self, x: np.ndarray) -> np.ndarray:
        """Mean of h given X."""
        return np.asarray(self.second[0] + self.second[1] * (x - self.radial_mean))

    def energy_mean(self, x: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Mean of E given X and the excess of h over its mean given X."""
        mean, slope, along = self.energy
        return np.asarray(mean + slope * (x - self.radial_mean) + along * excess)


def latitude_law(
    n: int, law: Covariance, terms: SignalTerms, m: float, pinned: bool
) -> LatitudeLaw:
    """Return the law at latitude m, between -1 and 1.

    Parameters
    ----------
    n : int
        Spins, at least 3.
    law : Covariance
        The covariance of the noise; if pinned, not of order 2 alone, where X and g fix h.
    terms : tuple of (int, float)
        xi_s(q) = sum of a q^p over the pairs (p, a), p >= 1.
    m : float
        Latitude.
    pinned : bool
        Whether the noise of every order vanishes at s*.
    """
    rest = 1.0 - m * m
    pull = signal_derivative(terms, m, 1)
    root = _pinned_root(n, law, m) if pinned else _root(n, law)
    # g, X, h, E are their means plus root @ z; g = 0 fixes z_0 and leaves z_1, z_2, z_3 free.
    slope_deviation = root[0, 0]
    first = math.sqrt(n * rest) * pull / slope_deviation
    x, h, e = root[1:, 0] * first - np.array(
        [m * pull, rest * signal_derivative(terms, m, 2), signal_derivative(terms, m, 0)]
    )
    area = math.log(2.0) + 0.5 * (n - 1) * math.log(math.pi) - float(gammaln(0.5 * (n - 1)))
    factor = (
        area
        + 0.5 * (n - 1) * math.log(n)
        + 0.5 * (n - 3) * math.log(rest)
        - 0.5 * (n - 2) * math.log(2.0 * math.pi * law.slope)
        - 0.5 * math.log(2.0 * math.pi)
        - math.log(slope_deviation)
        - 0.5 * first**2
    )
    spread, deviation = root[1, 1], root[2, 2]
    return LatitudeLaw(
        factor,
        float(x),
        float(spread),
        (float(h), float(root[2, 1] / spread), float(deviation)),
        (float(e), float(root[3, 1] / spread), float(root[3, 2] / deviation)),
    )


def signal_derivative(terms: SignalTerms, m: float, order: int) -> float:
    """Return the derivative of xi_s of some order at m."""
    return math.fsum(a * math.perm(p, order) * m ** (p - order) for p, a in terms if p >= order)


def _root(n: int, law: Covariance) -> np.ndarray:
    """Return a triangular root of the covariance of g, X, h and E, (4, 4), without E's own part."""
    spread = math.sqrt(law.radial / n)
    root = np.diag([math.sqrt(law.slope), spread, math.sqrt(2.0 * law.curvature / n), 0.0])
    root[3, 1] = law.slope / (n * spread)
    return root


def _pinned_root(n: int, law: Covariance, m: float) -> np.ndarray:
    """Return the root for pinned noise, by a QR decomposition, which squares no small number."""
    blocks = [math.sqrt(weight) * _circle(n, p, m) for p, weight in (*law.weights, (1, law.nu**2))]
    root = np.asarray(np.linalg.qr(np.hstack(blocks).T, mode="r")).T
    columns = min(root.shape)
    square = np.zeros((4, 4))
    square[:, :columns] = root[:, :columns] * np.sign(np.diag(root)[:columns])
    return square


def _circle(n: int, p: int, m: float) -> np.ndarray:
    """Return the factors of z_1 ... z_p in g, X, h and E, shape (4, p)."""
    k = np.arange(1, p + 1)
    cos, sin = m, math.sqrt(1.0 - m * m)
    binomial = np.sqrt([float(math.comb(p, int(each))) for each in k])

    def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return cos^a sin^b, with 0 for a negative exponent: such terms have a factor of 0."""
        return np.asarray(cos ** np.maximum(a, 0) * sin ** np.maximum(b, 0))

    f = power(p - k, k)
    first = k * power(p - k + 1, k - 1) - (p - k) * power(p - k - 1, k + 1)
    second = (
        k * (k - 1) * power(p - k + 2, k - 2)
        - ((p - k) * (k + 1) + k * (p - k + 1)) * f
        + (p - k) * (p - k - 1) * power(p - k - 2, k + 2)
    )
    scale = 1.0 / math.sqrt(n)
    return binomial * np.array([-first, scale * p * f, scale * (second + p * f), scale * f])

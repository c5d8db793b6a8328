"""The sparse deep network of Theorem 1 of arXiv:1511.06485, and its effective couplings.

The network has p layers of threshold units.  Every edge carries one of n distinct values sigma_i,
chosen at random.  Inputs and labels are Bernoulli.  With labels Y, the zero-one loss of an output Z
in {0, 1} is |Y - Z| = Y + (1 - 2 Y) Z.  If Z is written as a sum over the active paths from input
to output, the loss is a polynomial of degree p in sigma, whose coefficients are the effective
couplings

    J_{i1..ip} = sum over samples a of (1 - 2 Y_a) x number of active paths with weights i1, .., ip.

Two steps of this argument are approximations: that the gates (which units are on) do not depend on
sigma, and that the output is the path sum rather than its threshold.  The functions here separate
the two: `independent_gates` follows the theorem's assumption, `gates` are those of real threshold
units at given weights, and `live_output` freezes nothing.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.errors import InputError

Gates = list[NDArray[np.bool_]]
_MAX_COUPLINGS = 200_000


class GateKind(StrEnum):
    """What decides which hidden units are on.

    Attributes
    ----------
    INDEPENDENT
        Chance, independently for every unit and sample, as the theorem assumes.
    THRESHOLD
        The threshold units at weights that have nothing to do with those of the loss.
    LIVE
        The threshold units at the weights of the loss itself: nothing is frozen.
    """

    INDEPENDENT = "independent"
    THRESHOLD = "threshold"
    LIVE = "live"


@dataclass(frozen=True)
class SparseNetwork:
    """A random network, its inputs and its labels.

    Attributes
    ----------
    n, p : int
        Number of distinct weights and of layers.
    sources, weights : (p - 1, width, degree) int arrays
        The units of the layer below that each hidden unit reads, and the index of the weight that
        each edge carries.
    top, top_weights : (degree,) int arrays
        The same for the single output unit.
    inputs : (samples, width) bool array
        The inputs, Bernoulli(activity).
    signs : (samples,) float array
        1 - 2 Y for Bernoulli(1/2) labels Y.
    activity : float
        Fraction of samples on which a unit is on, but for ties of its sum. It is active / degree,
        so that on average ``active`` of the units that a unit reads are on.
    """

    n: int
    p: int
    sources: NDArray[np.int64]
    weights: NDArray[np.int64]
    top: NDArray[np.int64]
    top_weights: NDArray[np.int64]
    inputs: NDArray[np.bool_]
    signs: Array
    activity: float


def draw_network(
    n: int,
    p: int,
    width: int,
    degree: int,
    samples: int,
    rng: np.random.Generator,
    active: float = 1.0,
) -> SparseNetwork:
    """Draw a network in which every unit reads ``degree`` random units of the layer below.

    Each edge carries a random one of the n weights.  `InputError` names an argument out of range.
    """
    for name, value, low, high in (
        ("n", n, 2, 10**6),
        ("p", p, 2, 8),
        ("width", width, 4, 10**5),
        ("degree", degree, 1, width),
        ("samples", samples, 10, 10**7),
    ):
        if not low <= value <= high:
            raise InputError(f"{name} must be {low} to {high}, got {value}")
    if not 0 < active < degree:
        raise InputError(f"active must lie between 0 and the degree {degree}, got {active}")
    shape = (p - 1, width, degree)
    ranks = rng.random((p - 1, width, width)).argpartition(degree - 1, axis=2)
    activity = active / degree
    return SparseNetwork(
        n=n,
        p=p,
        sources=ranks[:, :, :degree],
        weights=rng.integers(n, size=shape),
        top=rng.permutation(width)[:degree],
        top_weights=rng.integers(n, size=degree),
        inputs=rng.random((samples, width)) < activity,
        signs=(1.0 - 2.0 * rng.integers(2, size=samples)).astype(np.float64),
        activity=activity,
    )


def independent_gates(network: SparseNetwork, rng: np.random.Generator) -> Gates:
    """Draw the gates of all hidden units independently, as the theorem assumes."""
    shape = network.inputs.shape
    return [rng.random(shape) < network.activity for _ in range(network.p - 1)]


def _matrix(network: SparseNetwork, layer: int, sigma: Array) -> Array:
    """Return the weights of a hidden layer as a (width, width) matrix, 0 where no edge is."""
    width = network.inputs.shape[1]
    dense = np.zeros((width, width))
    np.put_along_axis(dense, network.sources[layer], sigma[network.weights[layer]], axis=1)
    return dense


def _fire(sums: Array, activity: float) -> NDArray[np.bool_]:
    """Switch each unit on for the fraction ``activity`` of largest sums, fewer if sums are tied."""
    return sums > np.quantile(sums, 1.0 - activity, axis=0)


def gates(network: SparseNetwork, sigma: Array) -> Gates:
    """Return the states of the threshold units at the weights sigma, of shape (n,).

    There is one (samples, width) array for each hidden layer.
    """
    state, result = network.inputs, []
    for layer in range(network.p - 1):
        sums = state.astype(float) @ _matrix(network, layer, sigma).T
        state = _fire(sums, network.activity)
        result.append(state)
    return result


def freeze(network: SparseNetwork, kind: GateKind, rng: np.random.Generator) -> Gates:
    """Return gates that do not depend on the weights.

    Threshold units are frozen at weights drawn for this purpose.  `InputError` if the kind is live
    or unknown.
    """
    if kind == GateKind.INDEPENDENT:
        return independent_gates(network, rng)
    if kind == GateKind.THRESHOLD:
        return gates(network, sphere_pair(network.n, 0.0, rng)[0])
    raise InputError(f"gates must be independent or threshold, got {str(kind)!r}")


def live_output(network: SparseNetwork, sigma: Array) -> NDArray[np.bool_]:
    """Return the output for every sample with nothing frozen, on for half of them, less ties."""
    top = gates(network, sigma)[-1][:, network.top]
    return _fire(top.astype(float) @ sigma[network.top_weights], 0.5)


def path_sums(network: SparseNetwork, frozen: Gates, sigma: Array) -> Array:
    """Return, for every sample, the sum over active paths of the product of their weights."""
    state = network.inputs.astype(float)
    for layer, on in enumerate(frozen):
        state = (state @ _matrix(network, layer, sigma).T) * on
    sums: Array = state[:, network.top] @ sigma[network.top_weights]
    return sums


def couplings(network: SparseNetwork, frozen: Gates) -> Array:
    """Return the n^p effective couplings exactly, (n, .., n), by enumerating all active paths.

    Axis k is the index of the weight in layer k; not normalised.  For every sigma, ``sum J sigma ..
    sigma`` equals ``signs @ path_sums(network, frozen, sigma)``.  `InputError` if n^p is too large
    to be listed.
    """
    size = network.n**network.p
    sample, code = _active_paths(network, frozen)
    counted: Array = np.bincount(code, weights=network.signs[sample], minlength=size).astype(float)
    return counted.reshape((network.n,) * network.p)


def label_moments(network: SparseNetwork, frozen: Gates) -> tuple[Array, Array]:
    """Return the exact second and fourth moments of the couplings over the labels.

    If sample a has c_a active paths, the coupling is J = sum_a s_a c_a with independent random
    signs s_a, so that E J^2 = sum c^2 and E J^4 = 3 (sum c^2)^2 - 2 sum c^4.  Axes and errors are
    those of `couplings`.
    """
    size = network.n**network.p
    sample, code = _active_paths(network, frozen)
    pair, count = np.unique(sample * size + code, return_counts=True)
    second = np.bincount(pair % size, weights=count**2.0, minlength=size).astype(float)
    quartic = np.bincount(pair % size, weights=count**4.0, minlength=size).astype(float)
    shape = (network.n,) * network.p
    return second.reshape(shape), (3 * second**2 - 2 * quartic).reshape(shape)


def _active_paths(
    network: SparseNetwork, frozen: Gates
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sample of every active path, and its weights as digits of a number in base n.

    The weight in layer 0 is the leading digit.
    """
    n, p = network.n, network.p
    if n**p > _MAX_COUPLINGS:
        raise InputError(f"n^p must be at most {_MAX_COUPLINGS} to list couplings, got {n**p}")
    states = [network.inputs, *frozen]
    sample, edge = np.nonzero(states[-1][:, network.top])
    unit, code = network.top[edge], network.top_weights[edge]
    for layer in range(p - 2, -1, -1):
        below = network.sources[layer][unit]
        walk, edge = np.nonzero(states[layer][sample[:, None], below])
        weight = network.weights[layer][unit[walk], edge]
        code = code[walk] + weight * n ** (p - 1 - layer)
        sample, unit = sample[walk], below[walk, edge]
    return sample, code


def sphere_pair(n: int, overlap: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw two uniform points on the sphere of radius sqrt(n) with a given overlap s.s'/n."""
    first, other = rng.standard_normal((2, n))
    first /= np.linalg.norm(first)
    other -= (other @ first) * first
    other /= np.linalg.norm(other)
    second = overlap * first + math.sqrt(1.0 - overlap**2) * other
    return math.sqrt(n) * first, math.sqrt(n) * second

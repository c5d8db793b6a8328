"""Points of the sphere on a plane: t-SNE of all samples, with overlaps as the measure of distance.

Neighbours in the plane are neighbours on the sphere; distances between blobs carry no meaning, and
the extent of a blob only shows how many samples are in it.  Fewer than twenty distinct minima leave
t-SNE nothing to unfold: they are placed by multidimensional scaling of their distances, and all
samples of a minimum share its place.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import MDS

from spinglass.arrays import Array
from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.landscape.random import generator
from spinglass.parallel import thread_count

FEW = 20
"""Number of distinct minima below which all samples of a minimum share one place."""


def embed(
    spins: Array,
    label: NDArray[np.int64],
    method: str = "opentsne",
    perplexity: float = 30.0,
    control: Control = FREE,
) -> Array:
    """Embed samples in the plane, (samples, 2), centred, at root mean square distance 1.

    ``label`` is the distinct minimum of each sample; ``method`` is ``"opentsne"`` or ``"sklearn"``,
    on the threads of ``control``; the perplexity of t-SNE is lowered if samples are too few for it.
    """
    if method not in ("opentsne", "sklearn"):
        raise InputError(f"embedding must be opentsne or sklearn, got {method!r}")
    count = len(np.unique(label))
    samples = len(spins)
    if count < FEW:
        plane = _places(spins, label)
    else:
        fitting = min(perplexity, (samples - 1) / 4)
        tsne = _opentsne if method == "opentsne" else _sklearn
        plane = tsne(spins, fitting, thread_count(control.threads))
    plane = plane - plane.mean(axis=0)
    spread = float(np.sqrt(np.mean(np.sum(plane**2, axis=1))))
    return plane / spread if spread > 0 else plane


def _opentsne(spins: Array, perplexity: float, threads: int) -> Array:
    from openTSNE import TSNE

    tsne = TSNE(
        perplexity=perplexity,
        initialization=_start(spins),
        early_exaggeration_iter=250,
        # Takes half as long as 500 steps; for 20,000 samples the divergence ends 5 % higher.
        n_iter=300,
        n_jobs=threads,
        random_state=0,
    )
    return np.asarray(tsne.fit(spins), dtype=np.float64)


def _sklearn(spins: Array, perplexity: float, threads: int) -> Array:
    from sklearn.manifold import TSNE

    tsne = TSNE(perplexity=perplexity, init=_start(spins), random_state=0, n_jobs=threads)
    return np.asarray(tsne.fit_transform(spins), dtype=np.float64)


def _start(spins: Array) -> Array:
    """Place the samples by their principal components, and separate those that coincide."""
    plane = PCA(2, svd_solver="full").fit_transform(spins)
    plane *= 1e-4 / np.std(plane[:, 0])
    return plane + generator(0).normal(scale=1e-6, size=plane.shape)


def _places(spins: Array, label: NDArray[np.int64]) -> Array:
    """Place the minima, and put all samples of a minimum at its place."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return _scaled(spins[first])[inverse]


def _scaled(points: Array) -> Array:
    """Place points by multidimensional scaling, with the closest two at distance 1."""
    if len(points) == 1:
        return np.zeros((1, 2))
    distances = np.sqrt(np.maximum(2.0 - 2.0 * points @ points.T / points.shape[1], 0.0))
    scaling = MDS(n_components=2, metric="precomputed", init="random", n_init=8, random_state=0)
    centres = np.asarray(scaling.fit_transform(distances))
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    return centres / np.min(gaps[np.triu_indices(len(points), 1)])

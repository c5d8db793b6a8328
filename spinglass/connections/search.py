"""Finding the transition states between the minima, and when to stop.

A census finds the minima.  Then eigenvector following from random points of the sphere finds
saddles of index 1 and nothing else, in batches of one fixed sequence of starts; each new saddle is
proven, and falls into the two minima it joins.  Once all saddles of index 1 are known, the graph of
a generic landscape on a sphere is connected (Morse).  So the share of minima not connected yet
estimates the work left to do, as does the Good-Turing share of saddles not seen before.

In a degenerate landscape the searches end all over curves and surfaces of stationary points and
would never cease to find new ones: they stop, with a warning, as soon as most of the points that a
batch has added are not shown to be isolated.
"""

import warnings
from dataclasses import replace

import numpy as np

from spinglass.arrays import Array
from spinglass.checks import positive_integer, share_of_whole
from spinglass.connections.falls import fall
from spinglass.connections.graph import OPEN, Connections
from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.errors import InputError, SpinglassWarning
from spinglass.kernels import saddles as kernel
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape
from spinglass.parallel import single_threaded_blas
from spinglass.search.census import take_census
from spinglass.search.coverage import unseen_share
from spinglass.search.minima import group_points
from spinglass.search.proofs.certificates import prove_minima
from spinglass.search.random_searches import merge, mostly_isolated, search

_FIRST_BATCH = 256
_MOST_BATCH = 8192

_STEPS = 100
"""Evaluations allowed to a search: all of 200 arrived within them at n = 100, p = 3, no field."""


_NOT_ISOLATED = (
    "the search for saddles has stopped: most points that it ends at are not isolated, an "
    "eigenvalue vanishes there"
)


def connect_minima(
    model: Landscape,
    share: float = 0.95,
    *,
    unseen: float = 1e-3,
    unseen_saddles: float = 1e-2,
    max_searches: int = 100_000,
    start_seed: int = 0,
    known: Connections | None = None,
    control: Control = FREE,
) -> Connections:
    """Join the minima of a landscape by its saddles of index 1.

    Parameters
    ----------
    model : Landscape
        The landscape.
    share : float
        Share of the minima that must be connected before the search stops, in (0, 1].
    unseen : float
        As in `take_census`, which finds the minima.
    unseen_saddles : float
        Good-Turing share of searches that end in saddles not seen before, in (0, 1], at which to
        stop after at least 1 / ``unseen_saddles`` searches; without a saddle, its upper 95 % limit,
        3 / searches.  Saddles still missing can only lower the passes between minima.
    max_searches : int
        Budget of searches for saddles.
    start_seed : int
        Fixes the starts of census and searches.
    known : Connections, optional
        A graph of the same landscape and ``start_seed`` to continue, without another census.
    control : Control
        Asked after every batch of the census and of the searches; each does at least one batch.
        Told by `take_census`, then of the searches made, with the graph so far as ``found``.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    goals = share_of_whole("share", share), share_of_whole("unseen_saddles", unseen_saddles)
    budget = positive_integer("max_searches", max_searches)
    graph = known if known is not None else _minima_alone(model, unseen, start_seed, control)
    if graph.minima.shape[1] != model.n or graph.antipodal != model.is_even:
        raise InputError(f"known must be of this landscape, got n = {graph.minima.shape[1]}")
    graph = replace(graph, complete=False)
    _tell(control, graph, budget)
    while not (done := _searched(graph, *goals)) and graph.searches < budget:
        if graph.searches and control.spent:
            break
        batch = min(max(_FIRST_BATCH, graph.searches // 2), _MOST_BATCH, budget - graph.searches)
        starts = random_points(model.n, batch, start_seed, graph.searches)
        with control.in_force():
            with single_threaded_blas():
                points = search(model, starts, kernel.EIGENVECTOR, _STEPS)
            fresh, graph = _new_and_all(model, graph, points, batch)
        _tell(control, graph, budget)
        if _degenerate(model, fresh):
            break
    return replace(graph, complete=done and _census_complete(graph, unseen))


def _tell(control: Control, graph: Connections, budget: int) -> None:
    told = Progress(graph.searches, budget, WorkUnit.SEARCHES, graph.words, graph, at_most=True)
    control.tell(told)


def _degenerate(model: Landscape, fresh: Array) -> bool:
    """Whether searches end on curves or surfaces of stationary points; warn if they do."""
    degenerate = not mostly_isolated(model, fresh)
    if degenerate:
        warnings.warn(_NOT_ISOLATED, SpinglassWarning, stacklevel=3)
    return degenerate


def _census_complete(graph: Connections, unseen: float) -> bool:
    """Whether the descents have reached the share ``unseen``, without minima found by falls."""
    count = graph.count[:: 2 if graph.antipodal else 1]
    count = count[count > 0]
    return int(count.sum()) * unseen >= 1.0 and unseen_share(count) <= unseen


def _searched(graph: Connections, share: float, unseen: float) -> bool:
    if not len(graph.saddles):
        seen = graph.unseen_limit <= unseen  # no saddle was met, so there is no estimate
    else:
        seen = graph.searches * unseen >= 1.0 and graph.unseen <= unseen
    return seen and graph.share_connected >= share


def _minima_alone(
    model: Landscape, unseen: float, start_seed: int, control: Control
) -> Connections:
    census = take_census(model, unseen, start_seed=start_seed, control=control)
    with control.in_force():
        proven = np.array([proof.proven for proof in prove_minima(model, census.spins)], bool)
    spins, energy, count = census.spins[proven], census.energy[proven], census.count[proven]
    both = census.antipodal
    return Connections(
        minima=_with_antipodes(spins) if both else spins,
        minimum_energy=energy.repeat(2) if both else energy,
        count=count.repeat(2) if both else count,
        saddles=np.empty((0, model.n)),
        saddle_energy=np.empty(0),
        hits=np.empty(0, np.int64),
        ends=np.empty((0, 2), np.int64),
        antipodal=both,
        descents=census.starts,
        searches=0,
        unproven=int((~proven).sum()),
        complete=False,
    )


def _with_antipodes(points: Array) -> Array:
    """Insert -x after every x."""
    return np.stack([points, -points], axis=1).reshape(-1, points.shape[1])


def extend(model: Landscape, old: Connections, points: Array, searches: int) -> Connections:
    """Return a graph with the ends, (count, n), of a number of further searches added.

    Only those that are proven to be saddles of index 1 can join minima.
    """
    return _new_and_all(model, old, points, searches)[1]


def _new_and_all(
    model: Landscape, old: Connections, points: Array, searches: int
) -> tuple[Array, Connections]:
    """Return the points that were not known, and the graph as `extend` does."""
    pair = 2 if old.antipodal else 1
    saddles, hits = merge(old.saddles[::pair], old.hits[::pair], points, old.antipodal)
    fresh = saddles[len(old.saddles) // pair :]
    falls = fall(model, fresh)
    minima, ends = _end_in(model, old, falls.bottom, falls.transition)
    ends = np.concatenate([old.ends[::pair], ends])
    energy = np.concatenate([old.saddle_energy[::pair], model.energy(fresh)])
    new = minima[len(old.minima) :: pair]
    graph = replace(
        old,
        minima=minima,
        minimum_energy=np.concatenate([old.minimum_energy, model.energy(new).repeat(pair)]),
        count=np.concatenate([old.count, np.zeros(len(new) * pair, np.int64)]),
        saddles=_with_antipodes(saddles) if old.antipodal else saddles,
        saddle_energy=energy.repeat(pair),
        hits=hits.repeat(pair),
        ends=_with_mirrored(ends) if old.antipodal else ends,
        searches=old.searches + searches,
    )
    return fresh, _sorted(graph)


def _with_mirrored(ends: np.ndarray) -> np.ndarray:
    """Insert the ends of saddle -x after those of x: minimum 2k + 1 for 2k, and vice versa."""
    mirrored = np.where(ends == OPEN, OPEN, ends ^ 1)
    return np.stack([ends, mirrored], axis=1).reshape(-1, 2)


def _end_in(
    model: Landscape, old: Connections, bottom: Array, joined: np.ndarray
) -> tuple[Array, np.ndarray]:
    """Return all minima, with new ones if proven, and those in which each saddle's falls end."""
    pair = 2 if old.antipodal else 1
    ends = np.full((len(bottom), 2), OPEN, np.int64)
    falls = bottom[joined].reshape(-1, model.n)
    if old.antipodal:
        falls = _with_antipodes(falls)
    everything = np.concatenate([old.minima, falls])
    if not len(falls):
        return old.minima, ends
    group = group_points(everything)
    first = np.unique(group, return_index=True)[1]
    fresh = everything[first[len(old.minima) :]]
    proven = np.array([proof.proven for proof in prove_minima(model, fresh[::pair])], bool)
    proven = np.concatenate([np.ones(len(old.minima), bool), proven.repeat(pair)])
    place = np.where(proven, np.cumsum(proven) - 1, OPEN)
    reached = place[group[len(old.minima) :: pair]].reshape(-1, 2)
    reached[(reached == OPEN).any(axis=1)] = OPEN
    ends[joined] = reached
    return everything[first[proven]], ends


def _sorted(graph: Connections) -> Connections:
    """Order minima and saddles by energy, pairs of antipodes kept together."""
    minima = _order(graph.minimum_energy, graph.antipodal)
    saddles = _order(graph.saddle_energy, graph.antipodal)
    place = np.append(np.argsort(minima), OPEN)
    return graph.taken(minima, saddles, ends=np.sort(place[graph.ends[saddles]], axis=1))


def _order(energy: Array, pairs: bool) -> np.ndarray:
    if not pairs:
        return np.argsort(energy, kind="stable")
    order = np.argsort(energy[::2], kind="stable")
    return np.stack([2 * order, 2 * order + 1], axis=1).ravel()

"""The graph in files that other programs open: node-link JSON (everything) and GraphML (no points).

JSON is what ``networkx.node_link_graph(..., edges="edges")`` reads, and what is read back here,
checked value by value; numbers are written so that they come back to the bit.  GraphML is for
viewers of graphs: energies, basin weights and barriers.
"""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from spinglass.connections.graph import OPEN, Connections
from spinglass.errors import InputError
from spinglass.files.provenance import package_versions
from spinglass.files.store import write_text
from spinglass.files.targets import is_stream
from spinglass.files.toml import Section, load_json
from spinglass.landscape.model import PSpin

SCHEMA = "spinglass-connections-1"

_COUNT = Field(ge=0, le=2**62)


class _Saddle(Section):
    saddle: int = _COUNT
    energy: float
    hits: int = Field(ge=1, le=2**62)
    spins: list[float]


class Header(Section):
    """Which landscape a graph belongs to, and how far its search has come."""

    schema_name: Literal["spinglass-connections-1"] = Field(alias="schema")
    n: int = Field(ge=2, le=10**6)
    p: int = Field(ge=2, le=64)
    nu: float = Field(ge=0.0)
    seed: int | None
    couplings_sha256: str
    start_seed: int = _COUNT
    antipodal: bool
    descents: int = _COUNT
    searches: int = _COUNT
    unproven: int = _COUNT
    complete: bool
    versions: dict[str, str]
    open_saddles: list[_Saddle]

    def fits(self, model: PSpin) -> bool:
        """Whether this is a graph of the model's landscape."""
        mine = (self.n, self.p, self.nu, self.seed, self.couplings_sha256)
        return mine == (model.n, model.p, model.nu, model.seed, model.checksum())


class _Node(Section):
    id: int = _COUNT
    energy: float
    count: int = _COUNT
    weight: float = Field(ge=0.0, le=1.0)
    spins: list[float]


class _Edge(_Saddle):
    source: int = _COUNT
    target: int = _COUNT
    key: int = _COUNT
    barrier_from_lower: float = Field(gt=0.0)
    barrier_from_higher: float = Field(gt=0.0)


class _Graph(Section):
    directed: Literal[False]
    multigraph: Literal[True]
    graph: Header
    nodes: list[_Node]
    edges: list[_Edge]


def to_networkx(found: Connections, *, points: bool = True) -> Any:
    """Return the graph as a `networkx.MultiGraph`.

    Parameters
    ----------
    found : Connections
        Minima become nodes 0, 1, ... by ascending energy, saddles that join minima become edges.
    points : bool
        Whether nodes and edges carry their ``spins``, lists of n numbers.
    """
    import networkx as nx

    graph = nx.MultiGraph()
    for k, weight in enumerate(found.weight):
        graph.add_node(
            k,
            energy=float(found.minimum_energy[k]),
            count=int(found.count[k]),
            weight=float(weight),
            **({"spins": found.minima[k].tolist()} if points else {}),
        )
    for row, (from_lower, from_higher) in zip(found.edges, found.barriers, strict=True):
        one, other = found.ends[row]
        graph.add_edge(
            int(one),
            int(other),
            barrier_from_lower=float(from_lower),
            barrier_from_higher=float(from_higher),
            **_saddle(found, row, points),
        )
    return graph


def _saddle(found: Connections, row: int, points: bool = True) -> dict[str, Any]:
    place = {"spins": found.saddles[row].tolist()} if points else {}
    return {
        "saddle": int(row),
        "energy": float(found.saddle_energy[row]),
        "hits": int(found.hits[row]),
        **place,
    }


def write_graph(path: Path, model: PSpin, found: Connections, start_seed: int = 0) -> None:
    """Write a graph as JSON or GraphML, whole or not at all.

    Parameters
    ----------
    path : Path
        Ends in .json or .graphml; a device or pipe without suffix gets JSON.
    model : PSpin
        The landscape.
    found : Connections
        Its graph.
    start_seed : int
        The ``seed`` of `connect_minima`.

    Raises
    ------
    InputError
        If the path has another ending, or cannot be written to.
    """
    import networkx as nx

    suffix = path.suffix.lower() or (".json" if is_stream(path) else "")
    if suffix not in (".json", ".graphml"):
        raise InputError(f"graphs are written as .json or .graphml, got {path.name!r}")
    graph = to_networkx(found, points=suffix == ".json")
    header: dict[str, Any] = {
        "schema": SCHEMA,
        "n": model.n,
        "p": model.p,
        "nu": model.nu,
        "couplings_sha256": model.checksum(),
        "start_seed": start_seed,
        "antipodal": found.antipodal,
        "descents": found.descents,
        "searches": found.searches,
        "unproven": found.unproven,
        "complete": found.complete,
    }
    if suffix == ".graphml":
        known = {} if model.seed is None else {"seed": model.seed}
        graph.graph.update(header | known)
        write_text("\n".join(nx.generate_graphml(graph)) + "\n", path)
        return
    opened = np.flatnonzero(found.ends[:, 0] == OPEN)
    graph.graph.update(header, seed=model.seed, versions=package_versions())
    graph.graph["open_saddles"] = [_saddle(found, int(row)) for row in opened]
    tables = nx.node_link_data(graph, edges="edges")
    write_text(json.dumps(tables, allow_nan=False) + "\n", path)


def read_graph(path: Path) -> tuple[Header, Connections]:
    """Read a graph from JSON; nothing in the file is believed without a check.

    Energies and barriers are checked against each other here, and against the landscape by
    `verify_edges`.

    Raises
    ------
    InputError
        If there is no such file or it is not a graph of this package; the message says why.
    """
    path = Path(path)
    graph = load_json(path, _Graph)
    return graph.graph, _checked(graph, path)


def _checked(graph: _Graph, path: Path) -> Connections:
    """Make arrays of what has passed the schema, and check what a schema cannot."""
    header, nodes = graph.graph, graph.nodes
    joined = [(edge, sorted((edge.source, edge.target))) for edge in graph.edges]
    saddles = [*joined, *((saddle, [OPEN, OPEN]) for saddle in header.open_saddles)]
    saddles.sort(key=lambda pair: pair[0].saddle)
    if [node.id for node in nodes] != list(range(len(nodes))):
        raise InputError(f"{path}: nodes must be numbered 0, 1, 2, ... in this order")
    if [saddle.saddle for saddle, _ in saddles] != list(range(len(saddles))):
        raise InputError(f"{path}: saddles must be numbered 0, 1, 2, ... without a gap")
    if any(ends[1] >= len(nodes) for _, ends in joined):
        raise InputError(f"{path}: an edge leads to a node that does not exist")
    found = Connections(
        minima=_points([node.spins for node in nodes], header.n, path),
        minimum_energy=np.array([node.energy for node in nodes], float),
        count=np.array([node.count for node in nodes], np.int64),
        saddles=_points([saddle.spins for saddle, _ in saddles], header.n, path),
        saddle_energy=np.array([saddle.energy for saddle, _ in saddles], float),
        hits=np.array([saddle.hits for saddle, _ in saddles], np.int64),
        ends=np.array([ends for _, ends in saddles], np.int64).reshape(-1, 2),
        antipodal=header.antipodal,
        descents=header.descents,
        searches=header.searches,
        unproven=header.unproven,
        complete=header.complete,
    )
    if int(found.hits.sum()) > header.searches * (2 if header.antipodal else 1):
        raise InputError(f"{path}: {header.searches} searches cannot end in so many saddles")
    energies = (found.minimum_energy, found.saddle_energy)
    if any((energy[1:] < energy[:-1]).any() for energy in energies):
        raise InputError(f"{path}: minima and saddles must be numbered by ascending energy")
    if not np.array_equal([node.weight for node in nodes], found.weight):
        raise InputError(f"{path}: weights do not fit the counts")
    said = {e.saddle: [e.barrier_from_lower, e.barrier_from_higher] for e in graph.edges}
    if not np.array_equal([said[row] for row in sorted(said)], found.barriers.tolist()):
        raise InputError(f"{path}: barriers do not fit the energies")
    if header.antipodal and not _paired(found):
        raise InputError(f"{path}: every other point must be the antipode of the one before")
    return found


def _points(rows: list[list[float]], n: int, path: Path) -> np.ndarray:
    if any(len(row) != n for row in rows):
        raise InputError(f"{path}: every list of spins must have n = {n} numbers")
    points = np.array(rows, float).reshape(-1, n)
    with np.errstate(over="ignore"):
        off = np.abs((points**2).sum(axis=1) / n - 1.0)
    if not (off <= 1e-6).all():
        raise InputError(f"{path}: spins must lie on the sphere |x|^2 = n")
    return points


def _paired(found: Connections) -> bool:
    return all(
        np.array_equal(points[::2], -points[1::2]) for points in (found.minima, found.saddles)
    )

"""The graph for other programs: node-link JSON (everything) and GraphML (no points).

``networkx.node_link_graph(..., edges="edges")`` reads the JSON; so does this module, which checks
every value.  Numbers are written so that they are read back to the bit.  GraphML has energies,
basin weights and barriers, for viewers of graphs.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from spinglass.connections.graph import OPEN, Connections, HiddenOverlaps, check_graph
from spinglass.errors import InputError
from spinglass.files.provenance import DETAILS
from spinglass.files.toml import SampleTable, Section, check_tables, spins_of

_COUNT = Field(ge=0, le=2**62)


class _Saddle(Section):
    saddle: int = _COUNT
    energy: float
    hits: int = Field(ge=1, le=2**62)
    overlap: float | None = None
    spins: list[float]


class _Header(SampleTable):
    """The landscape of a graph, and how far its search has come."""

    schema_name: Literal["spinglass-connections-1"] = Field(alias="schema")
    n: int = Field(ge=2, le=10**6)
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


class _Node(Section):
    id: int = _COUNT
    energy: float
    count: int = _COUNT
    weight: float = Field(ge=0.0, le=1.0)
    overlap: float | None = None
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
    graph: _Header
    nodes: list[_Node]
    edges: list[_Edge]


def to_networkx(
    graph: Connections, *, points: bool = True, overlaps: HiddenOverlaps | None = None
) -> Any:
    """Return the graph as a `networkx.MultiGraph`.

    Minima become nodes 0, 1, ... by ascending energy, saddles that join minima become edges.  Both
    have an attribute ``spins``, a list of n numbers, if ``points`` is True, and an attribute
    ``overlap`` if ``overlaps`` are given.
    """
    import networkx as nx

    network = nx.MultiGraph()
    for k, weight in enumerate(graph.weight):
        network.add_node(
            k,
            energy=float(graph.minimum_energy[k]),
            count=int(graph.count[k]),
            weight=float(weight),
            **({"overlap": float(overlaps.minima[k])} if overlaps else {}),
            **({"spins": graph.minima[k].tolist()} if points else {}),
        )
    for row, (from_lower, from_higher) in zip(graph.edges, graph.barriers, strict=True):
        one, other = graph.ends[row]
        network.add_edge(
            int(one),
            int(other),
            barrier_from_lower=float(from_lower),
            barrier_from_higher=float(from_higher),
            **_saddle(graph, row, overlaps, points),
        )
    return network


def _saddle(
    graph: Connections, row: int, overlaps: HiddenOverlaps | None, points: bool = True
) -> dict[str, Any]:
    place: dict[str, Any] = {"overlap": float(overlaps.saddles[row])} if overlaps else {}
    place |= {"spins": graph.saddles[row].tolist()} if points else {}
    return {
        "saddle": int(row),
        "energy": float(graph.saddle_energy[row]),
        "hits": int(graph.hits[row]),
        **place,
    }


def graphml(
    graph: Connections, attributes: Mapping[str, Any], overlaps: HiddenOverlaps | None = None
) -> str:
    """Return a graph as GraphML text, with the ``attributes`` of its dataset."""
    import networkx as nx

    network = to_networkx(graph, points=False, overlaps=overlaps)
    known = {} if attributes["seed"] < 0 else {"seed": attributes["seed"]}
    network.graph.update(_header(graph, attributes) | known)
    return "\n".join(nx.generate_graphml(network)) + "\n"


def node_links(
    graph: Connections, attributes: Mapping[str, Any], overlaps: HiddenOverlaps | None = None
) -> str:
    """Return a graph as node-link JSON text, with the ``attributes`` of its dataset."""
    import networkx as nx

    network = to_networkx(graph, overlaps=overlaps)
    seed = None if attributes["seed"] < 0 else attributes["seed"]
    versions = json.loads(attributes["versions"])
    network.graph.update(_header(graph, attributes), seed=seed, versions=versions)
    opened = np.flatnonzero(graph.ends[:, 0] == OPEN)
    network.graph["open_saddles"] = [_saddle(graph, int(row), overlaps) for row in opened]
    return json.dumps(nx.node_link_data(network, edges="edges"), allow_nan=False) + "\n"


def _header(graph: Connections, attributes: Mapping[str, Any]) -> dict[str, Any]:
    of_file = ("schema", "n", "p", "mixture", "nu", "couplings_sha256", "start_seed", *DETAILS)
    of_graph = ("antipodal", "descents", "searches", "unproven", "complete")
    known = {name: attributes[name] for name in of_file if name in attributes}
    return known | {name: getattr(graph, name) for name in of_graph}


def read_node_links(tables: Any, path: Path) -> tuple[Connections, dict[str, Any]]:
    """Check node-link JSON, value by value; return its graph and the attributes of its dataset.

    Raises
    ------
    InputError
        If the tables are not such a graph; the message says why.
    """
    network = check_tables(tables, _Graph, str(path))
    header, nodes = network.graph, network.nodes
    joined = [(edge, sorted((edge.source, edge.target))) for edge in network.edges]
    saddles = [*joined, *((saddle, [OPEN, OPEN]) for saddle in header.open_saddles)]
    saddles.sort(key=lambda pair: pair[0].saddle)
    _check_numbers(path, "nodes", [node.id for node in nodes])
    _check_numbers(path, "saddles", [saddle.saddle for saddle, _ in saddles])
    graph = Connections(
        minima=spins_of([node.spins for node in nodes], header.n, path),
        minimum_energy=np.array([node.energy for node in nodes], float),
        count=np.array([node.count for node in nodes], np.int64),
        saddles=spins_of([saddle.spins for saddle, _ in saddles], header.n, path),
        saddle_energy=np.array([saddle.energy for saddle, _ in saddles], float),
        hits=np.array([saddle.hits for saddle, _ in saddles], np.int64),
        ends=np.array([ends for _, ends in saddles], np.int64).reshape(-1, 2),
        antipodal=header.antipodal,
        descents=header.descents,
        searches=header.searches,
        unproven=header.unproven,
        complete=header.complete,
    )
    check_graph(graph, path)
    _check_same(path, "weights must fit the counts", [node.weight for node in nodes], graph.weight)
    said = {e.saddle: [e.barrier_from_lower, e.barrier_from_higher] for e in network.edges}
    barriers = [said[row] for row in sorted(said)]
    _check_same(path, "barriers must fit the energies", barriers, graph.barriers)
    names = {"n", "nu", "couplings_sha256", "start_seed", "versions"}
    law = header.covariance
    return graph, header.model_dump(include=names) | {
        **law.named,
        **header.details,
        "critical_field": law.critical_field,
        "seed": -1 if header.seed is None else header.seed,
    }


def _check_numbers(path: Path, what: str, numbers: list[int]) -> None:
    for place, number in enumerate(numbers):
        if number != place:
            raise InputError(
                f"{path}: {what} must be numbered 0, 1, 2, ..., got {number} for number {place}"
            )


def _check_same(path: Path, rule: str, said: list[Any], right: np.ndarray) -> None:
    """Raise `InputError` unless the numbers ``said`` in a file equal the ``right`` ones exactly."""
    for one, other in zip(said, right.tolist(), strict=True):
        if one != other:
            raise InputError(f"{path}: {rule}, which give {other}, got {one}")

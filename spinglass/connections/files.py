"""The graph in files: NetCDF, and for other programs node-link JSON and GraphML (no points).

JSON is what ``networkx.node_link_graph(..., edges="edges")`` reads, and what is read back here,
checked value by value; numbers are written so that they come back to the bit.  GraphML is for
viewers of graphs: energies, basin weights and barriers.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from pydantic import Field

from spinglass.connections.graph import OPEN, Connections
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.files.kind import Kind, Variable
from spinglass.files.provenance import origin
from spinglass.files.store import write_dataset, write_text
from spinglass.files.targets import is_stream
from spinglass.files.toml import Section, check_tables
from spinglass.landscape.model import PSpin

_COUNT = Field(ge=0, le=2**62)


class _Saddle(Section):
    saddle: int = _COUNT
    energy: float
    hits: int = Field(ge=1, le=2**62)
    spins: list[float]


class _Header(Section):
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
    graph: _Header
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


def to_dataset(model: PSpin, found: Connections, start_seed: int = 0) -> xr.Dataset:
    """Label a graph; ``start_seed`` is the ``seed`` of `connect_minima`."""
    values = {name: getattr(found, field) for name, field in _FIELDS.items()}
    known = {name: int(getattr(found, name)) for name in _COUNTS}
    return CONNECTIONS.dataset(values, origin(model) | {"start_seed": start_seed} | known)


def from_dataset(data: xr.Dataset, source: Path | str = "graph") -> Connections:
    """Return the graph of a dataset of `to_dataset`; nothing in it is believed without a check.

    Energies are checked against each other here, and against the landscape by `verify_edges`.

    Raises
    ------
    InputError
        If it is not such a graph; the message begins with ``source`` and says why.
    """
    values = CONNECTIONS.arrays(data)
    fields: dict[str, Any] = {field: values[name] for name, field in _FIELDS.items()}
    found = Connections(
        **fields,
        descents=data.attrs["descents"],
        searches=data.attrs["searches"],
        unproven=data.attrs["unproven"],
        antipodal=bool(data.attrs["antipodal"]),
        complete=bool(data.attrs["complete"]),
    )
    for name in POSITIONS:
        if name not in data:  # not read
            continue
        points = values[name]
        with np.errstate(over="ignore"):
            off = np.abs((points**2).sum(axis=1) / data.attrs["n"] - 1.0)
        if not (off <= 1e-6).all():
            raise InputError(f"{source}: spins must lie on the sphere |x|^2 = n")
    if int(found.hits.sum()) > found.searches * (2 if found.antipodal else 1):
        raise InputError(f"{source}: {found.searches} searches cannot end in so many saddles")
    if len(found.ends) and not OPEN <= found.ends.min() <= found.ends.max() < len(found.minima):
        raise InputError(f"{source}: an edge leads to a node that does not exist")
    energies = (found.minimum_energy, found.saddle_energy)
    if any((energy[1:] < energy[:-1]).any() for energy in energies):
        raise InputError(f"{source}: minima and saddles must be numbered by ascending energy")
    if not (found.barriers > 0.0).all():
        raise InputError(f"{source}: a saddle must lie above the minima that it joins")
    if found.antipodal and not _paired(found):
        raise InputError(f"{source}: every other point must be the antipode of the one before")
    return found


def read_graph(
    path: Path | str, without: Collection[str] = ()
) -> tuple[dict[str, Any], Connections]:
    """Read a graph, and the attributes that say which landscape it is of.

    Parameters
    ----------
    path : Path or str
        The file.
    without : collection of str
        Variables that are not read: `POSITIONS` or nothing.

    Raises
    ------
    InputError
        If there is no such file, or `from_dataset` refuses what is in it.
    DamagedFileError
        If it is damaged, or not a graph.
    """
    data = CONNECTIONS.open(path, without)
    return data.attrs, from_dataset(data, path)


def write_graph(data: xr.Dataset, path: Path) -> None:
    """Write a dataset of `to_dataset`, whole or not at all.

    Parameters
    ----------
    data : xarray.Dataset
        The graph.
    path : Path
        Ends in .nc, .json or .graphml; a device or pipe without ending gets JSON.

    Raises
    ------
    InputError, StorageError
        As of `spinglass.files.store`.
    """
    suffix = path.suffix.lower() or (".json" if is_stream(path) else "")
    if suffix == ".graphml":
        write_text(_graphml(data), path)
    elif suffix == ".json":
        write_text(_node_links(data), path)
    else:
        write_dataset(data, path)


def _header(data: xr.Dataset) -> dict[str, Any]:
    names = ("schema", "n", "p", "nu", "couplings_sha256", "start_seed", *_COUNTS)
    header = {name: data.attrs[name] for name in names}
    return header | {name: bool(header[name]) for name in ("antipodal", "complete")}


def _graphml(data: xr.Dataset) -> str:
    import networkx as nx

    graph = to_networkx(from_dataset(data), points=False)
    known = {} if data.attrs["seed"] < 0 else {"seed": data.attrs["seed"]}
    graph.graph.update(_header(data) | known)
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def _node_links(data: xr.Dataset) -> str:
    import networkx as nx

    found = from_dataset(data)
    graph = to_networkx(found)
    seed = None if data.attrs["seed"] < 0 else data.attrs["seed"]
    versions = json.loads(data.attrs["versions"])
    graph.graph.update(_header(data), seed=seed, versions=versions)
    opened = np.flatnonzero(found.ends[:, 0] == OPEN)
    graph.graph["open_saddles"] = [_saddle(found, int(row)) for row in opened]
    return json.dumps(nx.node_link_data(graph, edges="edges"), allow_nan=False) + "\n"


def _from_json(tables: Any, path: Path) -> xr.Dataset:
    """Make the dataset of JSON, value by value, and check what only JSON says."""
    graph = check_tables(tables, _Graph, str(path))
    header, nodes = graph.graph, graph.nodes
    joined = [(edge, sorted((edge.source, edge.target))) for edge in graph.edges]
    saddles = [*joined, *((saddle, [OPEN, OPEN]) for saddle in header.open_saddles)]
    saddles.sort(key=lambda pair: pair[0].saddle)
    if [node.id for node in nodes] != list(range(len(nodes))):
        raise InputError(f"{path}: nodes must be numbered 0, 1, 2, ... in this order")
    if [saddle.saddle for saddle, _ in saddles] != list(range(len(saddles))):
        raise InputError(f"{path}: saddles must be numbered 0, 1, 2, ... without a gap")
    values = {
        "minimum_spins": _points([node.spins for node in nodes], header.n, path),
        "minimum_energy": [node.energy for node in nodes],
        "minimum_count": [node.count for node in nodes],
        "saddle_spins": _points([saddle.spins for saddle, _ in saddles], header.n, path),
        "saddle_energy": [saddle.energy for saddle, _ in saddles],
        "saddle_hits": [saddle.hits for saddle, _ in saddles],
        "ends": np.array([ends for _, ends in saddles], np.int64).reshape(-1, 2),
    }
    known = header.model_dump(exclude={"schema_name", "open_saddles"}) | {
        "critical_field": Covariance.pure(header.p).critical_field,
        "seed": -1 if header.seed is None else header.seed,
        "antipodal": int(header.antipodal),
        "complete": int(header.complete),
    }
    data = CONNECTIONS.dataset(values, known)
    found = from_dataset(data, path)
    if not np.array_equal([node.weight for node in nodes], found.weight):
        raise InputError(f"{path}: weights do not fit the counts")
    said = {e.saddle: [e.barrier_from_lower, e.barrier_from_higher] for e in graph.edges}
    if not np.array_equal([said[row] for row in sorted(said)], found.barriers.tolist()):
        raise InputError(f"{path}: barriers do not fit the energies")
    return data


def _points(rows: list[list[float]], n: int, path: Path) -> np.ndarray:
    if any(len(row) != n for row in rows):
        raise InputError(f"{path}: every list of spins must have n = {n} numbers")
    return np.array(rows, float).reshape(-1, n)


def _paired(found: Connections) -> bool:
    return all(
        np.array_equal(points[::2], -points[1::2]) for points in (found.minima, found.saddles)
    )


POSITIONS = ("minimum_spins", "saddle_spins")
"""Variables that energies, weights and barriers do without."""

_MINIMUM, _SADDLE = ("minimum",), ("saddle",)

CONNECTIONS = Kind(
    schema="spinglass-connections-1",
    noun="a graph of minima and saddles",
    title="Minima and saddles of index 1 of a spherical p-spin glass",
    variables={
        "minimum_spins": Variable(("minimum", "site"), "position of the minimum, |x|^2 = n"),
        "minimum_energy": Variable(_MINIMUM, "energy per spin H/n of the minimum"),
        "minimum_count": Variable(_MINIMUM, "descents that ended in the minimum", np.int64),
        "saddle_spins": Variable(("saddle", "site"), "position of the saddle, |x|^2 = n"),
        "saddle_energy": Variable(_SADDLE, "energy per spin H/n of the saddle"),
        "saddle_hits": Variable(_SADDLE, "searches that ended in the saddle", np.int64),
        "ends": Variable(("saddle", "end"), "minima it falls into, -1 where not proven", np.int64),
    },
    from_json=_from_json,
)

_FIELDS = {
    "minimum_spins": "minima",
    "minimum_energy": "minimum_energy",
    "minimum_count": "count",
    "saddle_spins": "saddles",
    "saddle_energy": "saddle_energy",
    "saddle_hits": "hits",
    "ends": "ends",
}
"""Attribute of `Connections` by the variable that holds it."""

_COUNTS = ("antipodal", "descents", "searches", "unproven", "complete")

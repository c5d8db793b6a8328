"""Files of the graph: NetCDF, or JSON and GraphML (`spinglass.connections.exports`)."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.connections.exports import graphml, node_links, read_node_links
from spinglass.connections.graph import Connections, HiddenOverlaps, check_graph
from spinglass.errors import InputError
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.places import is_stream
from spinglass.files.provenance import origin
from spinglass.files.store import write_dataset, write_text
from spinglass.landscape.model import Landscape
from spinglass.landscape.planting import hidden_point
from spinglass.signals import signal_said_by


def graph_dataset(model: Landscape, graph: Connections, start_seed: int = 0) -> xr.Dataset:
    """Return a graph as a dataset, with overlaps if a point is hidden; `write_graph` writes it.

    ``start_seed`` is that of `connect_minima`, and becomes an attribute.
    """
    values, known = _labelled(graph, model.hidden)
    return CONNECTIONS.dataset(values, origin(model) | {"start_seed": start_seed} | known)


def _labelled(graph: Connections, hidden: Array | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a graph as the variables and attributes of a dataset."""
    counts = ("antipodal", "descents", "searches", "unproven", "complete")
    values = {name: getattr(graph, field) for name, field in _FIELDS.items()}
    if hidden is not None:
        overlaps = HiddenOverlaps.of(graph, hidden)
        values |= {"minimum_overlap": overlaps.minima, "saddle_overlap": overlaps.saddles}
    return values, {name: int(getattr(graph, name)) for name in counts}


def _from_json(tables: Any, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    graph, known = read_node_links(tables, path)
    signal, n = signal_said_by(known), graph.minima.shape[1]
    hidden = hidden_point(n, known["seed"]) if signal and known["seed"] >= 0 else None
    values, counts = _labelled(graph, hidden)
    return values, known | counts


def from_dataset(data: xr.Dataset, source: Path | str = "graph") -> Connections:
    """Check a dataset made by `graph_dataset` and return its graph.

    Energies are checked against each other; `verify_edges` checks them against the landscape.
    Raises `InputError`, whose message begins with ``source``, if the dataset is not such a graph.
    """
    values = CONNECTIONS.arrays(data)
    fields: dict[str, Any] = {field: values[name] for name, field in _FIELDS.items()}
    graph = Connections(
        **fields,
        descents=data.attrs["descents"],
        searches=data.attrs["searches"],
        unproven=data.attrs["unproven"],
        antipodal=bool(data.attrs["antipodal"]),
        complete=bool(data.attrs["complete"]),
    )
    check_graph(graph, source)
    return graph


def read_graph(
    path: Path | str, without: Collection[str] = ()
) -> tuple[dict[str, Any], Connections]:
    """Read a graph, and the attributes that say which landscape it belongs to.

    Parameters
    ----------
    path : Path or str
        The file.
    without : collection of str
        Variables to leave out: `POSITIONS` or none.

    Raises
    ------
    InputError
        If there is no such file, or `from_dataset` refuses its content.
    DamagedFileError
        If the file is damaged, or not a graph.
    """
    data = CONNECTIONS.open(path, without)
    return data.attrs, from_dataset(data, path)


def write_graph(data: xr.Dataset, path: Path | str) -> None:
    """Write a dataset made by `graph_dataset`, whole or not at all.

    Parameters
    ----------
    data : xarray.Dataset
        The graph.
    path : Path or str
        Ends in .nc, .json or .graphml; without ending, a device or pipe gets JSON, a file NetCDF.

    Raises
    ------
    InputError, StorageError
        If the dataset is not a graph, the file ends otherwise, or one of another kind is there; and
        as raised by `spinglass.files.store`.
    """
    path, data = Path(path), CONNECTIONS.take(data)
    CONNECTIONS.check(data)
    CONNECTIONS.check_replaceable(path)
    graph = from_dataset(data)
    suffix = path.suffix.lower() or (".json" if is_stream(path) else "")
    if suffix not in ("", ".nc", ".json", ".graphml"):
        raise InputError(f"the file must end in .nc, .json or .graphml, got {path.name!r}")
    if suffix == ".graphml":
        write_text(graphml(graph, data.attrs, hidden_overlaps(data)), path)
    elif suffix == ".json":
        write_text(node_links(graph, data.attrs, hidden_overlaps(data)), path)
    else:
        write_dataset(data, path)


def hidden_overlaps(data: xr.Dataset) -> HiddenOverlaps | None:
    """Return the overlaps in a dataset made by `graph_dataset`.

    None if no point is hidden, or if the file is older than overlaps in files.
    """
    if not {"minimum_overlap", "saddle_overlap"} <= set(data.variables):
        return None
    return HiddenOverlaps(data["minimum_overlap"].values, data["saddle_overlap"].values)


POSITIONS = ("minimum_spins", "saddle_spins")
"""Variables that are not needed for energies, weights and barriers."""

_MINIMUM, _SADDLE = ("minimum",), ("saddle",)

CONNECTIONS = Kind(
    schema="spinglass-connections-1",
    noun="a graph of minima and saddles",
    title="Minima and saddles of index 1 of a spherical p-spin glass",
    attributes=("n", "nu", "seed", "antipodal", "descents", "searches", "unproven", "complete"),
    variables={
        "minimum_spins": Variable(("minimum", "site"), Words.MINIMUM_SPINS),
        "minimum_energy": Variable(_MINIMUM, f"{Words.ENERGY} of the minimum"),
        "minimum_count": Variable(_MINIMUM, Words.MINIMUM_COUNT, np.int64),
        "saddle_spins": Variable(("saddle", "site"), "position of the saddle, |x|^2 = n"),
        "saddle_energy": Variable(_SADDLE, f"{Words.ENERGY} of the saddle"),
        "saddle_hits": Variable(_SADDLE, "searches that ended in the saddle", np.int64),
        "ends": Variable(("saddle", "end"), "minima it falls into, -1 where not proven", np.int64),
        "minimum_overlap": Variable(_MINIMUM, f"{Words.OVERLAP}, of the minimum", optional=True),
        "saddle_overlap": Variable(_SADDLE, f"{Words.OVERLAP}, of the saddle", optional=True),
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
"""Variables of the dataset, and the attribute of `Connections` that each holds."""

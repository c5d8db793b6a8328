"""What a file says it is: the schema that its attributes or its JSON tables name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinglass.files.places import reading


def schema_of(attributes: Mapping[str, Any]) -> str:
    """Return the schema that attributes name, and that of the first training runs, which do not."""
    first = {"training run": "spinglass-training-1"}
    return str(attributes.get("schema", first.get(str(attributes.get("spinglass_kind")), "")))


def schema_of_json(tables: Any) -> str:
    """Return the schema of the tables of a JSON file; a census does not name it, a graph inside."""
    if not isinstance(tables, dict):
        return ""
    graph = tables.get("graph")
    if isinstance(graph, dict):
        return str(graph.get("schema", ""))
    return "spinglass-census-1" if "weights_by_rank" in tables else str(tables.get("schema", ""))


def is_json(path: Path) -> bool:
    """Say whether a file is to be read as JSON: by its ending, or by how it begins."""
    if path.suffix.lower() in (".json", ".nc") or not path.is_file():
        return path.suffix.lower() == ".json"
    with reading(path), path.open("rb") as file:
        return file.read(1) in (b"{", b"[")

"""What a file says it is: the schema that its attributes or its JSON tables name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinglass.files.places import reading


def schema_of(attributes: Mapping[str, Any]) -> str:
    """Return the schema that attributes name; the first training runs name a kind instead."""
    first = {"training run": "spinglass-training-1"}
    return str(attributes.get("schema", first.get(str(attributes.get("spinglass_kind")), "")))


def schema_of_json(tables: Any) -> str:
    """Return the schema of JSON tables; a graph names it in its own table, a census nowhere."""
    if not isinstance(tables, dict):
        return ""
    graph = tables.get("graph")
    if isinstance(graph, dict):
        return str(graph.get("schema", ""))
    return "spinglass-census-1" if "weights_by_rank" in tables else str(tables.get("schema", ""))


def is_json(path: Path) -> bool:
    """Say whether to read a file as JSON: its ending decides, or else its first character."""
    if path.suffix.lower() in (".json", ".nc"):
        return path.suffix.lower() == ".json"
    with reading(path):
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(1) in (b"{", b"[")

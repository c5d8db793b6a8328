"""The commands that made files, reconstructed from the attributes of the files."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spinglass.contents.kind_name import KindName
from spinglass.covariance import Covariance
from spinglass.deep.training_config import TrainConfig
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.provenance import FILE_CHECKSUMS
from spinglass.files.toml import Section
from spinglass.report.given import Given, ReadFile
from spinglass.signals import SIGNAL_KEYS
from spinglass.sweep.manifest import read_manifest
from spinglass.validation.point import MINIMA

_FLAGS = {"pinned": "--unpinned"}
"""Flags, by the attribute of a signal that is 0 if the flag was given."""

_SIGNAL = tuple(key for key in SIGNAL_KEYS if key not in _FLAGS)
_LANDSCAPE = ("n", "nu", "seed", *_SIGNAL)
_CENSUS = ("unseen_asked", "max_starts", "start_seed")

_COMMANDS = {
    KindName.DESCENTS: ("sample", (*_LANDSCAPE, "starts", "start_seed", "method", "tol")),
    KindName.CENSUS: ("census", (*_LANDSCAPE, *_CENSUS)),
    KindName.POINTS: ("points", (*_LANDSCAPE, "start_seed")),
    KindName.SOLUTIONS: ("points", (*_LANDSCAPE, "start_seed")),
    KindName.CONNECTIONS: ("connect", (*_LANDSCAPE, "start_seed")),
    KindName.BRANCHES: (
        "follow",
        ("n", "seed", *_SIGNAL, "first_field", "last_field", "fields", *_CENSUS),
    ),
    KindName.ANNEALING: ("anneal", ("n", "seed", *_SIGNAL, "start", "starts", "start_seed")),
}
"""Command of each kind of file, and the attributes that hold the values of its options."""

_OPTIONS = {
    "unseen_asked": "--unseen",
    "first_field": "--from",
    "last_field": "--to",
    "start": "--from",
}
"""Options whose names differ from those of their attributes."""


def made_by(kind: KindName, file: ReadFile) -> str:
    """Return the command, as typed in a shell, that made a single file."""
    if kind == KindName.VALIDATION:
        return _validated([file], file.path.parent)
    if kind == KindName.TRAINING:
        return _trained(file, file.path.parent)
    name, attributes = _COMMANDS[kind]
    attrs: Mapping[str, Any] = file.data.attrs
    words = [name]
    own = "couplings_file_sha256" in attrs
    for attribute in attributes:
        if own and attribute in _LANDSCAPE:
            continue
        if attribute in attrs:
            option = _OPTIONS.get(attribute, f"--{attribute.replace('_', '-')}")
            words += [option, f"{attrs[attribute]}"]
        if attribute == "n":
            words += _orders(attrs)
    if kind == KindName.ANNEALING:
        words += ["--samples", str(file.data.sizes["sample"])]
    if kind == KindName.SOLUTIONS:
        words.append("--complex")
    if attrs.get("proven_steps"):
        words.append("--proven")
    words += [flag for key, flag in _FLAGS.items() if not attrs.get(key, True)]
    for attribute, what in FILE_CHECKSUMS.items():
        if attribute in attrs:
            words += [f"--{what}", "FILE"]
    return typed(*words, "--out", file.path)


def _validated(files: Sequence[ReadFile], folder: Path) -> str:
    """Return the command of a validation, or several if its points do not form a grid."""
    points = [json.loads(file.data.attrs["point"]) for file in files]
    sizes, fields = ({point[key] for point in points} for key in ("n", "nu"))
    samples = {file.data.sizes["sample"] for file in files}
    rest = {
        json.dumps({key: value for key, value in point.items() if key not in ("n", "nu")})
        for point in points
    }
    if len(rest) > 1 or len(samples) > 1 or len(points) != len(sizes) * len(fields):
        return " && ".join(_validated([file], folder) for file in files)
    point = points[0]
    words: list[object] = ["validate", "--n", ",".join(map(str, sorted(sizes))), *_orders(point)]
    words += ["--nu", ",".join(map(repr, sorted(fields))), "--samples", *samples]
    words += ["--seed", point["seed"]]
    if point["kind"] == MINIMA:
        words += ["--minima", "--unseen", point["unseen"]]
    return typed(*words, "--out", folder)


def _inherent(files: Sequence[ReadFile], folder: Path) -> str:
    """Return the command of inherent structures, or of a sweep if they do not form a grid."""
    attrs = [file.data.attrs for file in files]
    sizes, temperatures, seeds = (
        sorted({each[key] for each in attrs}) for key in ("n", "planted", "seed")
    )
    laws = {Covariance.said_by(each) for each in attrs}
    pinned = {int(each["pinned"]) for each in attrs}
    whole = len(files) == len(sizes) * len(temperatures) * len(seeds)
    in_a_row = seeds[-1] - seeds[0] == len(seeds) - 1
    if len(laws) > 1 or len(pinned) > 1 or not whole or not in_a_row:
        return _swept(files, folder)
    words: list[object] = ["inherent", "--n", ",".join(map(str, sizes)), *_orders(attrs[0])]
    words += ["--temperatures", ",".join(map(repr, map(float, temperatures)))]
    words += ["--samples", len(seeds), "--seed", seeds[0]]
    words += [] if pinned == {1} else ["--unpinned"]
    return typed(*words, "--out", folder)


def _swept(files: Sequence[ReadFile], folder: Path) -> str:
    """Return the command of a sweep, from the configuration in its manifest.

    Without a manifest, return the command that makes the first file by itself.
    """
    try:
        config = read_manifest(folder)[0]
    except (InputError, DamagedFileError):
        others = f"  # and so for {len(files) - 1} more" if len(files) > 1 else ""
        return made_by(KindName.DESCENTS, files[0]) + others
    return _piped("sweep", config, folder, {"figure"})


def _trained(file: ReadFile, folder: Path) -> str:
    """Return the command of training runs; each run holds the configuration of all."""
    try:
        config = TrainConfig.model_validate_json(file.data.attrs["config"])
    except ValueError as error:
        raise DamagedFileError(
            f"{file.path} holds no configuration of training: {error}"
        ) from error
    return _piped("train", config, folder, set())


def _piped(command: str, config: Section, folder: Path, without: set[str]) -> str:
    """Return a command that reads its configuration, without defaults, from a pipe."""
    tables = config.model_dump(mode="json", exclude_defaults=True, exclude=without)
    lines = [f"{key} = {_toml(value)}" for key, value in tables.items()]
    printed = shlex.join(["printf", r"%s\n", *lines])
    return f"{printed} | {typed(command, '/dev/stdin', '--out', folder)}"


def _toml(value: Any) -> str:
    """Return a value of a configuration in TOML, on one line."""
    if isinstance(value, dict):
        inside = (f"{key} = {_toml(each)}" for key, each in value.items() if each is not None)
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def made(given: Given, file: ReadFile) -> str:
    """Return the command that made a file, or all files of its folder."""
    if given.kind == KindName.VALIDATION:
        return _validated(given.files, given.folder or file.path.parent)
    if given.kind == KindName.INHERENT:
        return _inherent(given.files, given.folder or file.path.parent)
    if given.folder is not None and given.kind == KindName.DESCENTS:
        return _swept(given.files, given.folder)
    return made_by(given.kind, file)


def file_facts(files: Sequence[ReadFile]) -> dict[str, str]:
    """Return the versions that made the first of some files, and all paths, for a section."""
    return {
        "versions": str(files[0].data.attrs.get("versions", "not kept")),
        "files": ", ".join(str(file.path) for file in files),
    }


def typed(*words: object) -> str:
    """Return a command of this program, quoted for a shell."""
    return shlex.join(["spinglass", *map(str, words)])


def _orders(attrs: Mapping[str, Any]) -> list[str]:
    law = Covariance.said_by(attrs)
    return ["--p", str(law.name)] if law.is_pure else ["--mixture", str(law.name)]

"""TOML and JSON files checked by pydantic models; errors name file, key and what is allowed."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from spinglass.arrays import Array
from spinglass.checks import LARGEST_ORDER
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.files.places import check_text, unread
from spinglass.files.provenance import DETAILS
from spinglass.signals import SIGNAL_KEYS, Signal, signal_said_by

_MOST_TOLD, _LONGEST_TOLD = 8, 120


class Section(BaseModel):
    """Base of every table of a configuration: unknown keys are errors, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class LandscapeTable(Section):
    """Base of JSON tables that name the orders of their landscape: ``p`` or ``mixture``."""

    p: int | None = Field(default=None, ge=2, le=LARGEST_ORDER)
    mixture: str | None = None

    @model_validator(mode="after")
    def _mean_a_landscape(self) -> Self:
        Covariance.said_by({"p": self.p, "mixture": self.mixture})
        return self

    @property
    def covariance(self) -> Covariance:
        """The covariance, without field."""
        return Covariance.said_by({"p": self.p, "mixture": self.mixture})


if TYPE_CHECKING:
    _SignalTable = LandscapeTable
else:
    _SignalTable = create_model(
        "_SignalTable",
        __base__=LandscapeTable,
        **{key: (kind | None, None) for key, kind in SIGNAL_KEYS.items()},
    )


class SignalTable(_SignalTable):
    """Base of JSON tables that also say what is hidden in their landscape."""

    @model_validator(mode="after")
    def _mean_a_signal(self) -> Self:
        _ = self.signal
        return self

    @property
    def signal(self) -> Signal | None:
        """What is hidden."""
        return signal_said_by(self.model_dump(include=set(SIGNAL_KEYS), exclude_none=True))


class SampleTable(SignalTable):
    """Base of JSON tables with all the attributes that identify one landscape in a file."""

    couplings_file_sha256: str | None = None
    field_file_sha256: str | None = None
    field_sha256: str | None = None

    @property
    def details(self) -> dict[str, Any]:
        """The attributes beside orders, field and seed (`spinglass.files.provenance.DETAILS`)."""
        return {key: value for key in DETAILS if (value := getattr(self, key)) is not None}

    @property
    def hides_a_point(self) -> bool:
        """Whether the landscape has a hidden point."""
        return self.signal is not None


def spins_of(rows: Sequence[Sequence[float]], n: int, path: Path) -> Array:
    """Return lists of spins in a JSON file as an array of shape (rows, n).

    Raises
    ------
    InputError
        If the length of a list is not n.
    """
    for row in rows:
        if len(row) != n:
            raise InputError(
                f"{path}: every list of spins must have n = {n} numbers, got {len(row)}"
            )
    return np.array(rows, float).reshape(-1, n)


Config = TypeVar("Config", bound=BaseModel)


def load_toml(path: Path, schema: type[Config], settings: Iterable[str] = ()) -> Config:
    """Read and check a TOML file, after ``section.key=value`` settings have overridden it.

    Raises
    ------
    InputError
        If the file is missing, is not TOML or does not fit the schema, or a setting is malformed;
        the message is one line that names the file, the key, the value and what is allowed.
    """
    tables = read_toml(path)
    for setting in settings:
        override(tables, setting)
    return check_tables(tables, schema, str(path))


def read_toml(path: Path) -> dict[str, Any]:
    """Read the tables of a TOML file.

    Raises
    ------
    InputError
        If ``path`` is missing, is neither a regular nor an open file, or is not TOML.
    """
    return _read(path, "TOML", tomllib.loads)


def read_json(path: Path) -> Any:
    """Read a JSON file, whatever it holds.

    Raises
    ------
    InputError
        If ``path`` is missing, is neither a regular nor an open file, or is not JSON.
    """
    return _read(path, "JSON", json.loads)


def _read(path: Path, language: str, parse: Callable[[str], Any]) -> Any:
    check_text(path)
    try:
        return parse(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(unread(path, error)) from error
    except RecursionError as error:
        raise InputError(f"{path} is not valid {language}: it is nested too deeply") from error
    except ValueError as error:  # from the parser, or from an integer of too many digits
        raise InputError(f"{path} is not valid {language}: {error}") from error


def override(tables: dict[str, Any], setting: str) -> None:
    """Set one key of parsed tables from ``section.key=value``; the value is TOML or a bare word.

    Raises
    ------
    InputError
        If the setting is not of this form.
    """
    key, equals, words = setting.partition("=")
    names = [name.strip() for name in key.split(".")]
    if not equals or not all(names):
        raise InputError(f"a setting must be section.key=value, got {setting!r}")
    try:
        parsed = tomllib.loads(f"value = {words}")
    except (ValueError, RecursionError):
        parsed = {}
    value = parsed["value"] if len(parsed) == 1 else words
    for name in names[:-1]:
        inner = tables.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InputError(f"setting {setting}: {name} must be a table, got {inner!r}")
        tables = inner
    tables[names[-1]] = value


def check_tables(tables: dict[str, object], schema: type[Config], source: str) -> Config:
    """Check already parsed tables against a schema; errors name ``source``."""
    try:
        return schema.model_validate(tables)
    except ValidationError as error:
        raise InputError(f"{source}: {describe_problems(error, schema)}") from error


def describe_problems(error: ValidationError, schema: type[BaseModel]) -> str:
    """Say in one line what does not fit a schema: the first few problems, and how many others."""
    problems = _relevant(error.errors())
    told = [_describe(problem, schema) for problem in problems[:_MOST_TOLD]]
    more = len(problems) - len(told)
    return "; ".join([*told, f"and {more:,} more"] if more else told)


def _relevant(problems: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Drop the errors of the list form from keys written as numbers, and the other way round."""

    def about_the_other_form(problem: Mapping[str, Any]) -> bool:
        branch = str(problem["loc"][-1]) if problem["loc"] else ""
        if problem["type"] == "extra_forbidden" or not _is_branch(branch):
            return False
        if "list[" in branch:
            return bool(problem["type"] == "list_type")
        if branch[0].isupper():  # a class, of which no value in a file is an instance
            return True
        return isinstance(problem["input"], list)

    return [problem for problem in problems if not about_the_other_form(problem)]


def _is_branch(part: int | str) -> bool:
    """Say whether a part of a location is pydantic's name for a branch of a union, not a key."""
    return bool(
        re.fullmatch(
            r"(constrained-\w+|function-\w+\[.*\]|literal\[.*\]|list\[.*\]|[A-Z]\w*)", str(part)
        )
    )


def _describe(problem: Mapping[str, Any], schema: type[BaseModel]) -> str:
    """Say one pydantic problem as ``key: what is wrong, got value``."""
    location = problem["loc"]
    if problem["type"] == "extra_forbidden":
        key = ".".join(str(part) for part in location)
        allowed = ", ".join(_keys_beside(location, schema))
        return f"{key}: unknown key (allowed here: {allowed})"
    key = ".".join(str(part) for part in location if not _is_branch(part)) or "file"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if problem["type"] == "model_type":
        message = "should be a table of keys and values"
    given = repr(problem["input"])
    if len(given) > _LONGEST_TOLD:
        given = given[: _LONGEST_TOLD - 3] + "..."
    told = problem["type"] == "value_error" and ", got " in message
    shown = "" if told or isinstance(problem["input"], dict) else f", got {given}"
    return f"{key}: {message}{shown}"


def _keys_beside(location: tuple[int | str, ...], schema: type[BaseModel]) -> list[str]:
    """List the keys allowed in the table that contains the key at ``location``."""
    table: type[BaseModel] = schema
    for part in location[:-1]:
        if isinstance(part, int):  # the place in a list of tables
            continue
        field = table.model_fields.get(part)
        inner: Any = field.annotation if field else None
        inner = next(iter(get_args(inner)), inner)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        table = inner
    return sorted(table.model_fields)

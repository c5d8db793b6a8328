"""TOML files checked by pydantic models, with errors that name file, key and what is allowed."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from spinglass.errors import InputError


class Section(BaseModel):
    """Base of every table of a configuration: unknown keys are errors, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Config = TypeVar("Config", bound=BaseModel)


def load_toml(path: Path, schema: type[Config]) -> Config:
    """Read and check a TOML file.

    Raises
    ------
    InputError
        If the file is missing, is not TOML or does not fit the schema; the message is one line
        that names the file, the key, the value and what is allowed.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}") from error
    return check_tables(tables, schema, str(path))


def check_tables(tables: dict[str, object], schema: type[Config], source: str) -> Config:
    """Check already parsed tables against a schema; ``source`` is named in errors."""
    try:
        return schema.model_validate(tables)
    except ValidationError as error:
        problems = "; ".join(_describe(problem, schema) for problem in error.errors())
        raise InputError(f"{source}: {problems}") from error


def _describe(problem: object, schema: type[BaseModel]) -> str:
    """Say one pydantic problem as ``key: what is wrong (got value)``."""
    assert isinstance(problem, dict)
    location = problem["loc"]
    key = ".".join(str(part) for part in location) or "file"
    if problem["type"] == "extra_forbidden":
        allowed = ", ".join(_keys_beside(location, schema))
        return f"{key}: unknown key (allowed here: {allowed})"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    given = problem["input"]
    shown = "" if isinstance(given, dict) else f" (got {given!r})"
    return f"{key}: {message}{shown}"


def _keys_beside(location: tuple[int | str, ...], schema: type[BaseModel]) -> list[str]:
    """List the keys that are allowed in the table in which the key at ``location`` stands."""
    table: type[BaseModel] = schema
    for part in location[:-1]:
        field = table.model_fields.get(str(part))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        table = inner
    return sorted(table.model_fields)

"""The landscape of a result, made again from the attributes of its file alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.provenance import details
from spinglass.landscape.coupling_files import in_field_of, read_landscape
from spinglass.landscape.drawn import draw_landscape
from spinglass.landscape.model import Landscape
from spinglass.signals import signal_said_by


def redraw(
    attributes: Mapping[str, Any],
    source: Path | str,
    couplings: Path | None = None,
    field: Path | None = None,
) -> Landscape:
    """Make the landscape of a result again, from the result's attributes.

    ``source`` is the name of the result for messages; ``couplings`` and ``field`` are the files
    from which its landscape was made, if any.  Raises `InputError` if such a file is needed and not
    given, or given and not needed; `DamagedFileError` if couplings or field are not those of the
    result.
    """
    seed = attributes["seed"]
    if seed < 0 and couplings is None:
        _refuse_without_file(attributes, "couplings", source)
    if seed >= 0 and couplings is not None:
        raise InputError(f"{source} is of seed {seed}, not of a file of couplings, got {couplings}")
    if seed >= 0 and field is not None and "field_sha256" not in attributes:
        raise InputError(f"{source} is of seed {seed} and no file of a field, got {field}")
    law = Covariance.said_by(attributes)
    if seed < 0 and couplings is not None:
        model, origin = read_landscape(couplings, field), "of the files given"
    elif "field_sha256" in attributes:
        if field is None:
            _refuse_without_file(attributes, "field", source)
        model = in_field_of(draw_landscape(attributes["n"], law.at_field(0.0), seed), field)
        origin = f"of seed {seed} and the file given"
    else:
        model = draw_landscape(attributes["n"], law, seed, signal_said_by(attributes))
        origin = f"of seed {seed}"
    checksum = model.checksum()
    if attributes.get("couplings_sha256", checksum) != checksum:  # early census files have none
        raise DamagedFileError(f"{source}: the couplings are not those {origin}")
    said = details(attributes)
    if "field_sha256" in said and said["field_sha256"] != model.details.get("field_sha256"):
        raise DamagedFileError(f"{source}: the field is not that {origin}")
    return model


def _refuse_without_file(attributes: Mapping[str, Any], what: str, source: Path | str) -> NoReturn:
    checksum = attributes.get(f"{what}_file_sha256")
    reason = f"{source} is of {what} without a seed, which cannot be drawn afresh"
    if checksum:
        reason += f": the file of SHA-256 {checksum[:12]}... must be given, got none"
    raise InputError(reason)

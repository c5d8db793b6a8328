"""The record that a perturbed optimizer adds to its base's state.

``state_dict()["param_groups"][0]["perturbation"]`` is a list with one record for each wrapper, the
innermost wrapper's first.  The list is inside a parameter group because
`torch.distributed.checkpoint` saves only parameter groups and the state of each parameter.
"""

from typing import Any

from spinglass.checks import finite_at_least, integer_at_least, positive_integer, positive_number
from spinglass.errors import InputError

KEY = "perturbation"
SCALINGS = ("global", "layer")
StateDict = dict[str, Any]


def clean_record(record: StateDict) -> StateDict:
    """Check the record of a wrapper and return it in plain Python types.

    Raises
    ------
    InputError
        If an entry is not allowed; the message names it.
    """
    scaling, scales, length = record["scaling"], record["scales"], record["steps_per_epoch"]
    if scaling not in SCALINGS:
        raise InputError(f"scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}")
    if scales is not None:
        scales = [finite_at_least("scale", scale, 0.0) for scale in scales]
    return {
        "steps": integer_at_least("steps", record["steps"], 0),
        "seed": integer_at_least("seed", record["seed"], 0),
        "nu": finite_at_least("nu", record["nu"], 0.0),
        "scaling": scaling,
        "scales": scales,
        "steps_per_epoch": None if length is None else positive_integer("steps_per_epoch", length),
    }


def given_scales(scale: float | None) -> list[float] | None:
    """Return the ``scales`` entry of a record for the ``scale`` that a caller gave."""
    return None if scale is None else [positive_number("scale", scale)]


def with_record(state: StateDict, record: StateDict) -> StateDict:
    """Return the state of a base with the record of the wrapper around it appended."""
    first, *others = state["param_groups"]
    records = [*(first.get(KEY) or []), record]
    return {**state, "param_groups": [{**first, KEY: records}, *others]}


def split_record(state: StateDict, depth: int, kind: str) -> tuple[StateDict, StateDict]:
    """Split a state into the outermost wrapper's record and the state for its base.

    Parameters
    ----------
    state : dict
        A state returned by `with_record`, or one written by an earlier version, which has a single
        record under its top-level key "perturbation".
    depth : int
        Number of wrappers around the innermost optimizer, the outermost included.
    kind : str
        Name of the outermost wrapper's class.

    Returns
    -------
    record, rest : dict
        The checked record of the outermost wrapper, and the state for its base.

    Raises
    ------
    InputError
        If the state was not saved by ``depth`` wrappers, or the outermost was not of this kind.
    """
    rest, records = _split(state)
    if not records:
        raise InputError(
            f"an optimizer state must have {KEY!r}, got one that was saved without a field"
        )
    if len(records) != depth:
        raise InputError(
            f"an optimizer state must have been saved by wrappers nested {depth} deep,"
            f" got {len(records)}"
        )
    *inner, record = records
    if record.get("kind", kind) != kind:
        raise InputError(f"an optimizer state must have been saved by {kind}, got {record['kind']}")
    try:
        cleaned = clean_record(record)
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{KEY!r} in an optimizer state must be a whole record, got {record!r}"
        ) from error
    if inner:
        first, *others = rest["param_groups"]
        rest = {**rest, "param_groups": [{**first, KEY: inner}, *others]}
    return cleaned, rest


def _split(state: StateDict) -> tuple[StateDict, list[StateDict]]:
    """Return a state without its records, and the list of its records."""
    groups = state.get("param_groups") if isinstance(state, dict) else None
    if not groups:
        raise InputError(f"the state of an optimizer must have 'param_groups', got {state!r:.200}")
    rest = {name: value for name, value in state.items() if name != KEY}
    rest["param_groups"] = [{k: v for k, v in group.items() if k != KEY} for group in groups]
    records = [state[KEY]] if KEY in state else groups[0].get(KEY) or []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(
            f"{KEY!r} in an optimizer state must be a list of records, got {records!r}"
        )
    return rest, records

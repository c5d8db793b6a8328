"""The table of all methods of descent, read by sweeps, options and estimates of cost."""

from spinglass.errors import InputError
from spinglass.search.methods.method import Method

_FLOW_STEP = 1.5e-6

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "flow",
            "gradient flow with error control, ended by Newton's method",
            "flow.follow",
            _FLOW_STEP,
            lambda flow: 0.88 * flow,
            (3e-3, 0.1),
        ),
        Method(
            "fast",
            "the same with a looser error",
            "flow.follow",
            _FLOW_STEP,
            lambda flow: 0.7 * flow,
            (3e-2, 0.1),
        ),
        Method(
            "strict",
            "with a hundredth of the error, for single paths that matter",
            "flow.follow",
            _FLOW_STEP,
            lambda flow: 2.7 * flow,
            (3e-5, 3e-5),
        ),
        Method(
            "gd",
            "gradient descent with a safe fixed step, the slow reference",
            "steepest.descend_steepest",
            4e-7,
            lambda flow: 0.12 * flow**2,
        ),
    )
}
"""The methods by name; their costs were fitted as `spinglass.search.descent_cost` says."""


def method_named(name: str) -> Method:
    """Return the method of a name.

    Raises
    ------
    InputError
        If there is none; the message lists the methods.
    """
    if name not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, got {name!r}")
    return METHODS[name]

"""Hide a point in a drawn landscape: the couplings and the direction of the field change."""

import math
from typing import Any

from spinglass.arrays import Array
from spinglass.landscape import evaluate
from spinglass.landscape.planting import add_signal, hidden_point, widened
from spinglass.landscape.terms import Terms, order_scale
from spinglass.signals import Signal, expected_strength


def hide(plain: Terms, seed: int, signal: Signal) -> dict[str, Any]:
    """Return the attributes of the sample ``plain`` that change when a signal is added to it.

    ``plain`` must have divisor 1 and no signal; its seed also fixes the hidden point.  For a pinned
    signal, each order's energy at the point, the field's included, is set to its mean.  Raises
    `MemoryLimitError` if the new couplings would not fit into memory beside the old ones.
    """
    n, x, terms = plain.n, hidden_point(plain.n, seed), signal.terms(plain.covariance)
    weights = dict.fromkeys(terms, 0.0) | dict(plain.weights)
    weights = {p: weights[p] for p in sorted(weights)}
    levels = levels_at(plain, x) if signal.pinned else {}
    factors = {
        p: (terms.get(p, 0.0) - levels.get(p, 0.0)) * order_scale(n, p, c) / (c or 1.0)
        for p, c in weights.items()
    }
    couplings = widened(plain.couplings, n, list(plain.orders), list(weights))
    add_signal(couplings, n, factors, x)
    direction = plain.field_direction
    if signal.pinned:
        direction = direction - (math.fsum(direction * x) / n) * x
    return {
        "weights": tuple(weights.items()),
        "couplings": couplings,
        "field_direction": direction,
        "strengths": tuple(
            expected_strength(c, terms.get(p, 0.0), n, p) for p, c in weights.items()
        ),
        "signal": signal,
    }


def levels_at(plain: Terms, x: Array) -> dict[int, float]:
    """Return -H_p/n of each order p at a point."""
    forms = zip(evaluate.forms_of(plain), plain.scales, strict=True)
    values = [evaluate.form_and_gradient(form, x[None])[0] * scale for form, scale in forms]
    return {p: float(value[0]) / plain.n for p, value in zip(plain.orders, values, strict=True)}

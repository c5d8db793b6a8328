"""The regime of a landscape of n spins: exponential, polynomial or trivial.

As the field grows, the counts leave their exponential growth when B enters the windows of
`spinglass.theory.scaling`, and end with one minimum and one maximum (Chaudhari and Soatto,
arXiv:1511.06485, after Fyodorov, arXiv:1307.2379).
"""

from dataclasses import dataclass

from spinglass.covariance import Covariance
from spinglass.theory.parameters import check_dimension, covariance_of

WINDOW = 1.0
"""Half-width of a window in its scaling variable; at its ends the limit functions change."""


@dataclass(frozen=True)
class Regime:
    """Regime of a landscape, and the numbers that decide it.

    Attributes
    ----------
    name : str
        ``"exponential"``, ``"polynomial"`` or ``"trivial"``.
    b : float
        ``(xi'' - xi') / (xi'' + xi')``, see `spinglass.covariance`.
    total_variable, minima_variable : float
        ``n B`` and ``n^(1/3) B``, the scaling variables of all points and of the minima.
    critical_field : float
        nu_c, where B = 0.
    """

    name: str
    b: float
    total_variable: float
    minima_variable: float
    critical_field: float


def regime(n: int, covariance: Covariance | int, nu: float | None = None) -> Regime:
    """Classify a landscape of n spins by its place relative to the window of the minima.

    Parameters
    ----------
    n, covariance, nu
        As in `spinglass.theory.mean_minima`.

    Returns
    -------
    Regime
        Exponential for ``n^(1/3) B > 1``, trivial for ``n^(1/3) B < -1``, polynomial between:
        a convention, for at finite n the crossover is smooth.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    size, law = check_dimension(n), covariance_of(covariance, nu)
    variable = size ** (1.0 / 3.0) * law.b
    name = "exponential" if variable > WINDOW else "trivial" if variable < -WINDOW else "polynomial"
    return Regime(
        name=name,
        b=law.b,
        total_variable=size * law.b,
        minima_variable=variable,
        critical_field=law.critical_field,
    )

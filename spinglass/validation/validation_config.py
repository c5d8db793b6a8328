"""The configuration of a validation: grids of points, of two kinds."""

from itertools import product
from typing import Annotated, Literal, Self

from pydantic import Field as Bound
from pydantic import model_validator

from spinglass.checks import LARGEST_INTEGER
from spinglass.covariance import Covariance
from spinglass.files.toml import Section
from spinglass.search.solution_counts import HOMOTOPY, SEARCH, usual_method
from spinglass.sweep.sweep_config import OrdersSection, Some, Spins, Strength, Whole, listed
from spinglass.validation.point import MINIMA, STATIONARY, Point

_SEARCHED = 16
"""Up to this many spins, searches are likely to find all points."""

CRITICAL = "critical"
"""Stands for the critical field nu_c of the same orders."""

Few = Annotated[int, Bound(ge=2, le=20)]
Field = Strength | Literal["critical"]


class Grid(OrdersSection):
    """A grid in which every combination of n, orders and nu is a point."""

    n: Spins | Some[Spins]
    nu: Field | Some[Field] = 0.0
    samples: Annotated[int, Bound(ge=2, le=LARGEST_INTEGER)] = 100
    seed: Whole = 0


class StationaryGrid(Grid):
    """A grid for points of every index; n is small, since samples must be searched completely.

    Without ``method``, `usual_method` chooses one for each n, orders and field.
    """

    n: Few | Some[Few]
    method: Literal["search", "homotopy"] | None = None

    @model_validator(mode="after")
    def _searched_sizes_are_small(self) -> Self:
        if self.method != HOMOTOPY and max(listed(self.n)) > _SEARCHED:
            raise ValueError(f"n must be at most {_SEARCHED} without method homotopy, got {self.n}")
        return self


class MinimaGrid(Grid):
    """A grid for censuses of minima that end at the basin weight ``unseen``."""

    unseen: Annotated[float, Bound(gt=0.0, lt=1.0)] = 0.001


class ValidationConfig(Section):
    """The configuration of a whole validation."""

    stationary: list[StationaryGrid] = Bound(default=[])
    minima: list[MinimaGrid] = Bound(default=[])

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if not (self.stationary or self.minima):
            raise ValueError(
                "at least one table [[stationary]] or [[minima]] must be given, got none"
            )
        return self


def plan_points(config: ValidationConfig) -> list[Point]:
    """Return the points of a validation, each once."""
    points = []
    for grid in [*config.stationary, *config.minima]:
        kind = MINIMA if isinstance(grid, MinimaGrid) else STATIONARY
        unseen = grid.unseen if isinstance(grid, MinimaGrid) else 0.0
        wanted = grid.method if isinstance(grid, StationaryGrid) else SEARCH
        for n, name, nu in product(listed(grid.n), grid.names, listed(grid.nu)):
            law = Covariance.of(name)
            field = law.critical_field if nu == CRITICAL else float(nu)
            method = wanted or usual_method(n, tuple(p for p, _ in law.weights), field > 0.0)
            points.append(Point(kind, n, name, field, grid.samples, grid.seed, unseen, method))
    return list(dict.fromkeys(points))

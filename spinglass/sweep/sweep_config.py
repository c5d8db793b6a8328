"""The schema of sweep configurations: a grid of landscapes and fields, and one way to descend."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Bound

from spinglass.checks import (
    LARGEST_FIELD,
    LARGEST_INTEGER,
    LARGEST_ORDER,
    LARGEST_SIZE,
    each_once,
    unsigned_zero,
)
from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.files.toml import Section
from spinglass.search.methods.method_registry import METHODS
from spinglass.signals import LARGEST_SIGNAL, Planted, Signal, Spike
from spinglass.sweep.job import Begin
from spinglass.sweep.ranges import Between, Expanded, ExpandedWhole, Selecting

RUN_FIGURES: dict[str, tuple[str, ...]] = {
    "landscape": ("embedding", "perplexity"),
    "trivialization": (),
}
"""The figures that `run` can draw of a sweep, with the keys of [figure] that each uses."""

if TYPE_CHECKING:
    FigureName = str
    MethodName = str
else:
    FigureName = Literal[tuple(RUN_FIGURES)]
    MethodName = Literal[tuple(METHODS)]

DEFAULT_ORDER = 3
MOST_STARTS = 10**9
Item = TypeVar("Item", bound=Hashable)


def _unrepeated(values: list[Item]) -> list[Item]:
    each_once("values", values)
    return values


Some = Annotated[list[Item], Bound(min_length=1), AfterValidator(_unrepeated)]
"""A list of one or more values, none of them twice."""

Whole = Annotated[int, Bound(ge=0, le=LARGEST_INTEGER)]
Spins = Annotated[int, Bound(ge=2, le=LARGEST_SIZE)]
Order = Annotated[int, Bound(ge=2, le=LARGEST_ORDER)]
Strength = Annotated[float, Bound(ge=0.0, le=LARGEST_FIELD), AfterValidator(unsigned_zero)]
Starts = Annotated[int, Bound(ge=1, le=MOST_STARTS)]
RegimeName = Literal["exponential", "polynomial", "trivial"]


def mixture_text(value: object) -> str:
    """Return the text (`Covariance.text`) of a mixture given as a table of weights or as text.

    Raises
    ------
    InputError
        If ``value`` is not a mixture.
    """
    if isinstance(value, str):
        return Covariance.parse(value).text
    if not isinstance(value, dict):
        raise InputError(f"a mixture must be a table of weights by order, got {value!r}")
    orders = [int(key) if str(key).isascii() and str(key).isdigit() else key for key in value]
    if len(set(orders)) < len(orders):
        raise InputError(f"a mixture must have each order once, got {', '.join(map(str, value))}")
    return Covariance.mixture(dict(zip(orders, value.values(), strict=True))).text


def spike_text(value: object) -> str:
    """Return the normal text (`Spike.text`) of a spike given as text.

    Raises
    ------
    InputError
        If ``value`` is not a spike.
    """
    if not isinstance(value, str):
        raise InputError(f"a spike is written order:strength as in 3:1.3, got {value!r}")
    return Spike.parse(value).text


SpikeText = Annotated[str, BeforeValidator(spike_text)]
Temperature = Annotated[float, Bound(ge=1.0 / LARGEST_SIGNAL, le=LARGEST_SIGNAL)]
Mixture = Annotated[str, BeforeValidator(mixture_text)]


class OrdersSection(Section):
    """The keys of a section that name the covariances: orders of pure models, or mixtures."""

    p: Order | Some[Order] | None = None
    mixture: Mixture | Some[Mixture] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_of_both(cls, tables: Any) -> Any:
        if not isinstance(tables, dict):
            return tables
        given = [key for key in ("p", "mixture") if tables.get(key) is not None]
        if len(given) == 2:
            raise ValueError(
                f"p and mixture exclude each other, got p = {tables['p']!r} and "
                f"mixture = {tables['mixture']!r}"
            )
        return tables if given else tables | {"p": DEFAULT_ORDER}

    @property
    def names(self) -> list[Name]:
        """The name of every covariance, without field."""
        return [Covariance.of(name).name for name in listed(self.p or self.mixture)]


class LandscapeSection(OrdersSection):
    """The disorder: each combination of n, orders, seed and hidden point is one landscape."""

    n: Annotated[Spins | Some[Spins], ExpandedWhole]
    seeds: Annotated[Whole | Some[Whole], ExpandedWhole] = 0
    planted: Annotated[Temperature | Some[Temperature] | None, Expanded] = None
    pinned: bool | None = None
    spike: SpikeText | Some[SpikeText] | None = None

    @model_validator(mode="after")
    def _one_signal(self) -> Self:
        if self.planted is not None and self.spike is not None:
            raise ValueError(
                f"planted and spike exclude each other, got planted = {self.planted!r} and "
                f"spike = {self.spike!r}"
            )
        if self.pinned is not None and self.planted is None:
            raise ValueError(f"pinned must stand beside planted, got pinned = {self.pinned!r}")
        return self

    @property
    def signals(self) -> list[Signal | None]:
        """What is hidden in the landscapes; [None] if nothing is."""
        if self.spike is not None:
            return [Spike.parse(text) for text in listed(self.spike)]
        if self.planted is not None:
            return [Planted(each, self.pinned is not False) for each in listed(self.planted)]
        return [None]


class FieldSection(Section):
    """The field strengths, given in one of three ways."""

    nu: Annotated[Strength | Some[Strength] | None, Expanded] = None
    nu_over_critical: Annotated[Strength | Some[Strength] | None, Expanded] = None
    regime: RegimeName | Some[RegimeName] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "exactly one of nu, nu_over_critical, regime must be given, "
                f"got {' and '.join(given) or 'none'}"
            )
        return self


class PointSection(Section):
    """Points of the grid that get a number of starts of their own; a key left out selects all.

    A value is a number, a list of numbers or ``{between = [low, high]}``, both ends included.
    """

    n: Annotated[Spins | list[Spins] | Between | None, Selecting] = None
    p: Annotated[Order | list[Order] | Between | None, Selecting] = None
    mixture: Mixture | list[Mixture] | None = None
    seeds: Annotated[Whole | list[Whole] | Between | None, Selecting] = None
    nu: Annotated[Strength | list[Strength] | Between | None, Selecting] = None
    nu_over_critical: Annotated[Strength | list[Strength] | Between | None, Selecting] = None
    regime: RegimeName | list[RegimeName] | None = None
    starts: Starts


class DescentSection(Section):
    """How many starts, where they begin, and how they descend.

    ``points`` overrides the number of starts for some landscapes; of several entries that match
    a landscape, the last applies.  With ``begin = "hidden"`` the only start is the point hidden in
    the landscape.
    """

    begin: Annotated[Begin, Bound(strict=False)] = Begin.RANDOM
    starts: Starts = 20000
    points: list[PointSection] = Bound(default=[])
    start_seed: Whole = 0
    method: MethodName = "flow"
    tol: Annotated[float, Bound(gt=0.0, lt=1.0)] = 1e-10
    max_gradients: Annotated[int, Bound(ge=1, le=LARGEST_INTEGER)] = 100_000

    @model_validator(mode="before")
    @classmethod
    def _one_hidden_start(cls, table: Any) -> Any:
        hidden = isinstance(table, dict) and table.get("begin") == Begin.HIDDEN
        return {"starts": 1, **table} if hidden else table

    @model_validator(mode="after")
    def _nothing_random(self) -> Self:
        if self.begin == Begin.HIDDEN:
            for key, only in (("starts", 1), ("start_seed", 0), ("points", [])):
                if (given := getattr(self, key)) != only:
                    raise ValueError(
                        f'{key} must be {only!r} or left out if begin = "hidden", got {given!r}'
                    )
        return self


class FigureSection(Section):
    """What to draw from the results."""

    draw: list[FigureName] = Bound(default=["landscape"])
    embedding: Literal["opentsne", "sklearn"] = "opentsne"
    perplexity: Annotated[float, Bound(gt=1.0, le=1000.0)] = 30.0


class SweepConfig(Section):
    """A whole sweep."""

    landscape: LandscapeSection
    field: FieldSection
    descent: DescentSection = DescentSection()
    figure: FigureSection = FigureSection()

    @model_validator(mode="after")
    def _hidden_begin(self) -> Self:
        if self.descent.begin == Begin.HIDDEN and self.landscape.signals == [None]:
            raise ValueError(
                'descent.begin must be "random" where landscape has neither planted nor spike, '
                'got "hidden"'
            )
        return self


def listed(value: object) -> list:
    """Return the items of a list, or any other value as a list of one."""
    return list(value) if isinstance(value, list) else [value]

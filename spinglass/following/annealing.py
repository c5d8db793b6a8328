"""An annealed field: the minimum of a strong field is followed, with jumps, down to no field.

In a strong field there is one minimum.  It is followed as the field is weakened; if its branch ends
at a fold, the gradient flow at the field of the fold leads from there, along the soft mode, to
another minimum, which is followed further.  The energy reached without field is compared with plain
descents on the same sample (AnnealSGD of arXiv:1511.06485 in the landscape it was made for).
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import integer_at_least, positive_integer, positive_number
from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.covariance import Covariance, Name
from spinglass.following.jumps import Slide, slide
from spinglass.landscape.drawn import draw_landscape
from spinglass.landscape.geometry import retract
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Descent, Status
from spinglass.search.methods.entry import descend
from spinglass.shown import Shown
from spinglass.signals import Signal

_SAME_ENERGY = 1e-9


def anneal_field(model: Landscape, start: float) -> Slide:
    """Follow the minimum of a strong field down to no field, with a jump where a branch ends.

    Parameters
    ----------
    model : Landscape
        The sample, of which couplings and direction of the field are used.
    start : float
        Field strength to begin at, above 0, so strong that only one minimum is left.  The descent
        there starts from the direction of the field.

    Raises
    ------
    InputError
        If ``start`` is not allowed, or the landscape has no direction of a field.
    """
    strong = model.at_field(positive_number("start", start))
    return slide(strong, retract(strong.field_direction), start, 0.0)


@dataclass(frozen=True, repr=False)
class AnnealedSamples(Shown):
    """Annealed fields against plain descents without field, sample by sample.

    Attributes
    ----------
    annealed : (samples,) float64
        H/n reached by annealing the field; nan where the path could not be followed.
    quenched : (samples,) float64
        H/n of a plain descent from the direction of the field, where annealing starts; nan where it
        found no minimum.
    mean, lowest : (samples,) float64
        Mean and lowest H/n of plain descents from random starts; nan where none found a minimum.
    lower : (samples,) float64
        Share of these descents that ended below the annealed energy.
    jumps : (samples,) int64
        Folds on the way.
    overlap, lowest_overlap : (samples,) float64
        Overlaps with the hidden point of the annealed state and of the lowest end of the plain
        descents; nan without such a point or end.
    """

    annealed: Array
    quenched: Array
    mean: Array
    lowest: Array
    lower: Array
    jumps: NDArray[np.int64]
    overlap: Array
    lowest_overlap: Array

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        done = self.finished
        return {
            "samples": len(self.annealed),
            "finished": int(done.sum()),
            "mean annealed H/n": float(self.annealed[done].mean()) if done.any() else math.nan,
            "mean plain H/n": float(self.mean[done].mean()) if done.any() else math.nan,
        }

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Which samples were annealed and quenched to the end; means leave out the others."""
        return np.isfinite(self.annealed) & np.isfinite(self.quenched) & np.isfinite(self.mean)


def compare_annealing(
    n: int,
    orders: Covariance | Name,
    start: float,
    samples: int = 20,
    *,
    starts: int = 1000,
    seed: int = 0,
    start_seed: int = 0,
    signal: Signal | None = None,
    known: AnnealedSamples | None = None,
    control: Control = FREE,
) -> AnnealedSamples:
    """Anneal the field of samples, and descend on the same samples without field.

    Parameters
    ----------
    n : int
        Spins.
    orders : Covariance, int or str
        Orders and weights, at any field (`spinglass.covariance.Covariance.of`).
    start : float
        Field strength to begin at; one minimum should be left there.
    samples, seed : int
        How many samples; number k has the seed ``seed`` + k.
    starts, start_seed : int
        Number of plain descents in each sample, and the seed of their starts, the same in all.
    signal : Signal, optional
        The signal that hides a point in every sample.
    known : AnnealedSamples, optional
        The first samples of the same comparison; they are not done again.
    control : Control
        Asked before every sample but the first, and told of the samples done, with the comparison
        so far as ``found``.

    Returns
    -------
    AnnealedSamples
        Exactly ``samples`` samples, or fewer if ``control`` stopped the work.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    law = Covariance.of(orders, 0.0)
    first = integer_at_least("seed", seed, 0)
    of_starts = integer_at_least("start_seed", start_seed, 0)
    asked = positive_integer("samples", samples)
    rows = [] if known is None else list(zip(*vars(known).values(), strict=True))
    for sample in range(len(rows), asked):
        if sample and control.spent:
            break
        with control.in_force():
            model = draw_landscape(n, law, first + sample, signal)
            rows.append(_compare(model, start, starts, of_starts))
        words = f"n={n} {law.label}"
        control.tell(Progress(sample + 1, asked, WorkUnit.SAMPLES, words, _samples(rows)))
    return _samples(rows[:asked])


def _samples(rows: list[tuple[float, ...]]) -> AnnealedSamples:
    """Return the samples of a table with a row for each."""
    table = np.array(rows, float).reshape(-1, len(fields(AnnealedSamples)))
    columns = dict(zip((field.name for field in fields(AnnealedSamples)), table.T, strict=True))
    return AnnealedSamples(**{**columns, "jumps": columns["jumps"].astype(np.int64)})


def _compare(model: Landscape, start: float, starts: int, start_seed: int) -> tuple[float, ...]:
    annealed = anneal_field(model, start)
    reached = float(model.energy(annealed.spins)) if annealed.finished else math.nan
    quenched = _energies(descend(model, retract(model.field_direction)[None]))
    plain = descend(model, starts, start_seed=start_seed)
    energy, ends = _energies(plain), plain.spins[plain.status == Status.MINIMUM]
    any_minimum = energy.size > 0
    lowest = ends[np.argmin(energy)] if any_minimum else np.full(model.n, np.nan)
    hidden = np.full(model.n, np.nan) if model.hidden is None else model.hidden
    return (
        reached,
        float(quenched[0]) if quenched.size else math.nan,
        float(energy.mean()) if any_minimum else math.nan,
        float(energy.min()) if any_minimum else math.nan,
        float(np.mean(energy < reached - _SAME_ENERGY))
        if any_minimum and annealed.finished
        else math.nan,
        annealed.folds.size,
        float(annealed.spins @ hidden) / model.n,
        float(lowest @ hidden) / model.n,
    )


def _energies(descents: Descent) -> Array:
    """Return H/n of the descents that ended in a minimum."""
    return descents.energy[descents.status == Status.MINIMUM]

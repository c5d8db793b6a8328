"""Figure 4 of arXiv:1511.06485: how far the weights follow the field."""

from itertools import cycle

import numpy as np
from matplotlib.figure import Figure, SubFigure

from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source
from spinglass.figures.style import (
    FULL_WIDTH,
    described,
    paper_style,
    subplots,
)
from spinglass.figures.training_figure import RUN_WORDS, method_colours, runs_of


@paper_style()
def plot_alignment(runs: Source, *, figure: Figure | SubFigure | None = None) -> Picture:
    """Draw |h.w| / (|h| |w|) and the field strength against the epoch, with the level of chance.

    The line is the root mean square over seeds, and over windows of about 1/40 of the training.

    Arguments, result and errors are those of `plot_training`.
    """
    data = runs_of(runs)
    chance = data.attrs["parameters"] ** -0.5
    epochs = data.step.values / data.attrs["steps_per_epoch"]
    figure, (top, bottom) = subplots(
        2,
        1,
        figsize=(0.6 * FULL_WIDTH, 4.2),
        sharex=True,
        height_ratios=(3, 1),
        figure=figure,
    )
    for style, (name, colour) in zip(
        cycle(("--", "-", ":")), method_colours(data).items(), strict=False
    ):
        mine = data.sel(optimizer=name).dropna("seed", how="all", subset=["alignment"])
        records = max(1, mine.sizes["step"] // 40)
        squares = (mine.alignment**2).coarsen(step=records, boundary="trim").mean()
        times = squares.step.values / data.attrs["steps_per_epoch"]
        level = np.sqrt(squares.mean("seed")).values
        label = f"{name}: {level.max():.2g} at most, {level[-1]:.2g} at the end"
        top.plot(times, level, color=colour, label=label)
        bottom.plot(epochs, mine.field_strength.values[0], style, color=colour)
    top.axhline(chance, color="k", ls=":", lw=1, label=r"chance, $1/\sqrt{N}$")
    top.set(yscale="log", ylabel=r"$|h \cdot w| \,/\, |h||w|$", ylim=(chance / 5, 1.3))
    top.legend(loc="center right", bbox_to_anchor=(1.0, 0.6))
    bottom.set(xlabel="epoch", ylabel=r"$\nu_k / \nu_c$")
    numbers = data[["alignment", "field_strength"]].assign(chance=chance)
    numbers = described(numbers, RUN_WORDS)
    return Picture("alignment", figure, (top, bottom), numbers)

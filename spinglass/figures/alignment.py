"""Figure 4 of arXiv:1511.06485: how far the weights follow the field."""

from pathlib import Path

import matplotlib.pyplot as plt

from spinglass.deep.experiment import load_experiment
from spinglass.figures.style import FULL_WIDTH, paper_style, save_figure
from spinglass.figures.training import method_colours


def draw_alignment(folder: Path, stem: Path) -> list[Path]:
    """Draw |h.w| / (|h| |w|) and the field strength against the epoch, with the level of chance.

    Parameters
    ----------
    folder : Path
        Results of `spinglass train`.
    stem : Path
        Output path without suffix.
    """
    data = load_experiment(folder)
    chance = data.attrs["parameters"] ** -0.5
    epochs = data.step.values / data.attrs["steps_per_epoch"]
    with paper_style():
        figure, (top, bottom) = plt.subplots(
            2,
            1,
            figsize=(0.6 * FULL_WIDTH, 4.2),
            sharex=True,
            height_ratios=(3, 1),
            layout="constrained",
        )
        for name, colour in method_colours(data).items():
            runs = data.sel(optimizer=name).dropna("seed", how="all", subset=["alignment"])
            for row, values in enumerate(runs.alignment.values):
                label = name if row == 0 else None
                top.plot(epochs, values, color=colour, lw=0.9, alpha=0.8, label=label)
            bottom.plot(epochs, runs.field_strength.values[0], color=colour)
        top.axhline(chance, color="k", ls=":", lw=1, label=r"chance, $1/\sqrt{N}$")
        top.set(yscale="log", ylabel=r"$|h \cdot w| \,/\, |h||w|$", ylim=(chance / 30, None))
        top.legend()
        bottom.set(xlabel="epoch", ylabel=r"$\nu_k / \nu_c$")
        numbers = data[["alignment", "field_strength"]].assign(chance=chance)
        paths = save_figure(figure, stem, numbers)
        plt.close(figure)
    return paths

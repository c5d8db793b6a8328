"""Figures from Python: each is drawn from files or datasets, and on your own axes if you like.

Figures of one panel are drawn on the axes ``ax=``: `complexity`, `disconnectivity` and `ranks`. The
others have several panels and are drawn on a figure or a part of one, ``figure=``: `alignment`,
`branches`, `inherent`, `landscape`, `latitude`, `layers`, `marginal`, `network`, `phase`,
`training`, `trivialization` and `validation`.

Results may be paths or datasets, opened by xarray or just made, and a list of them if a figure can
show several.  `complexity`, `marginal` and `phase` show theory and take a covariance, `layers`
takes points or a landscape, which it searches, and `network` the datasets of its studies.

Every figure is returned as a `Picture`: its ``figure`` and ``axes`` are matplotlib's, its
``numbers`` a dataset of all that is drawn, and `Picture.save` writes them as the command line does.
A notebook displays the picture.

    >>> import spinglass
    >>> spinglass.plot.complexity(3).save("complexity.pdf")  # doctest: +SKIP
"""

from spinglass.figures.alignment_figure import plot_alignment as alignment
from spinglass.figures.branches_figure import plot_branches as branches
from spinglass.figures.complexity_figure import plot_complexity as complexity
from spinglass.figures.descent_ends import Ends, ends_of
from spinglass.figures.disconnectivity_figure import plot_disconnectivity as disconnectivity
from spinglass.figures.inherent_figure import plot_inherent as inherent
from spinglass.figures.landscape_figure import plot_landscape as landscape
from spinglass.figures.latitude_figure import plot_latitude as latitude
from spinglass.figures.layers_figure import plot_layers as layers
from spinglass.figures.marginal_figure import plot_marginal as marginal
from spinglass.figures.network_figure import plot_network as network
from spinglass.figures.phase_figure import plot_phase as phase
from spinglass.figures.picture import Picture
from spinglass.figures.ranks_figure import plot_ranks as ranks
from spinglass.figures.training_figure import plot_training as training
from spinglass.figures.trivialization_figure import plot_trivialization as trivialization
from spinglass.figures.validation_figure import plot_validation as validation

__all__ = [
    "Ends",
    "Picture",
    "alignment",
    "branches",
    "complexity",
    "disconnectivity",
    "ends_of",
    "inherent",
    "landscape",
    "latitude",
    "layers",
    "marginal",
    "network",
    "phase",
    "ranks",
    "training",
    "trivialization",
    "validation",
]

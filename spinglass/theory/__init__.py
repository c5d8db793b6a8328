"""What theory says of the landscape: exact counts at finite n, complexities, regimes.

Nothing here imports the model or the kernels, so that an error there cannot agree with itself.

Notes
-----
Conventions: n spins on the sphere of radius sqrt(n), energies per spin H/n, all n^p couplings
independent standard normal, field components of standard deviation nu.  Eigenvalues of the
Gaussian orthogonal ensemble have the joint density ``prod exp(-x_i^2/2) prod |x_i - x_j|``.
"""

from spinglass.theory.by_index import (
    energy_by_index,
    log_mean_by_index,
    mean_by_index,
    mean_by_index_below,
)
from spinglass.theory.complexity import (
    complexity,
    layer_energy,
    minima_complexity,
    plane_complexity,
    threshold_energy,
    total_complexity,
)
from spinglass.theory.counts import (
    log_mean_minima,
    log_mean_minima_below,
    log_mean_stationary_points,
    log_mean_stationary_points_below,
    mean_minima,
    mean_minima_below,
    mean_stationary_points,
    mean_stationary_points_below,
)
from spinglass.theory.ground_state import ground_state_energy
from spinglass.theory.hidden_point import (
    LatitudeDensity,
    Valley,
    critical_spike,
    inherent_structure,
    latitude_density,
    planted_energy,
    spiked_minimum,
    stability_temperature,
)
from spinglass.theory.parameters import covariance_of, critical_field
from spinglass.theory.plane import log_mean_density, mean_density
from spinglass.theory.regimes import Regime, regime
from spinglass.theory.scaling import minima_scaling, total_scaling
from spinglass.theory.signed import mean_signed_count_below
from spinglass.theory.temperatures import (
    algorithmic_energy,
    dynamic_temperature,
    kauzmann_temperature,
)
from spinglass.theory.tracy_widom import (
    tracy_widom_cdf,
    tracy_widom_laplace,
    tracy_widom_survival,
)

__all__ = [
    "LatitudeDensity",
    "Regime",
    "Valley",
    "algorithmic_energy",
    "complexity",
    "covariance_of",
    "critical_field",
    "critical_spike",
    "dynamic_temperature",
    "energy_by_index",
    "ground_state_energy",
    "inherent_structure",
    "kauzmann_temperature",
    "latitude_density",
    "layer_energy",
    "log_mean_by_index",
    "log_mean_density",
    "log_mean_minima",
    "log_mean_minima_below",
    "log_mean_stationary_points",
    "log_mean_stationary_points_below",
    "mean_by_index",
    "mean_by_index_below",
    "mean_density",
    "mean_minima",
    "mean_minima_below",
    "mean_signed_count_below",
    "mean_stationary_points",
    "mean_stationary_points_below",
    "minima_complexity",
    "minima_scaling",
    "plane_complexity",
    "planted_energy",
    "regime",
    "spiked_minimum",
    "stability_temperature",
    "threshold_energy",
    "total_complexity",
    "total_scaling",
    "tracy_widom_cdf",
    "tracy_widom_laplace",
    "tracy_widom_survival",
]

"""Theory of the landscape: exact mean counts at finite n, complexities, regimes.

Nothing here imports the landscape or the kernels, so that their errors cannot enter the theory.

Notes
-----
Conventions: n spins on the sphere of radius sqrt(n), energies per spin H/n, all n^p couplings
independent standard normal, field components of standard deviation nu.  Eigenvalues of the
Gaussian orthogonal ensemble have the joint density ``prod exp(-x_i^2/2) prod |x_i - x_j|``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The type of most arrays: doubles of any shape; the docstrings give the shapes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

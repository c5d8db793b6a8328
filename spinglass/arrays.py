"""Types of most arrays, of any shape; the docstrings give the shapes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

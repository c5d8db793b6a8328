"""Cases of a parametrised test that are left to the slow ones."""

from typing import Any

import pytest


def slow(*values: Any) -> Any:
    """Return a case that takes long, where another of the same test stays among the fast ones."""
    return pytest.param(*values, marks=pytest.mark.slow)

"""A compiled function takes few enough arguments that a reader can follow a call."""

import importlib
import inspect
import pkgutil

from numba.core.dispatcher import Dispatcher
from numba.core.extending import _Intrinsic

from spinglass import kernels
from spinglass.kernels.compiled import jit

MOST = 7


def arguments(compiled):
    """Count what a caller passes: the first parameter of an intrinsic is the compiler's own."""
    function = inspect.unwrap(compiled)
    return len(inspect.signature(function).parameters) - isinstance(compiled, _Intrinsic)


def compiled_functions():
    """Return all compiled functions of the kernels by their module and qualified name."""
    found = {}
    for module in pkgutil.iter_modules(kernels.__path__, kernels.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Dispatcher | _Intrinsic):
                function = inspect.unwrap(value)
                home = function.__module__.rpartition(".")[2]
                found[f"{home}.{function.__qualname__}"] = value
    return found


def test_kernels_take_at_most_seven_arguments():
    found = compiled_functions()
    assert len(found) > 80
    assert [name for name in found if arguments(found[name]) > MOST] == []


def test_arguments_are_counted_as_a_caller_passes_them():
    found = compiled_functions()
    assert arguments(found["simd.fma"]) == 3
    assert arguments(found["lane_spectrum.tridiagonalise"]) == 7

    @jit
    def eight(a, b, c, d, e, f, g, h):
        return a + b + c + d + e + f + g + h

    assert arguments(eight) == 8

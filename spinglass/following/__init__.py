"""The field turned up and down: branches of minima, their births and deaths, and annealing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

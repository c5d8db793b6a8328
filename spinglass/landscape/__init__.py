"""One landscape: its couplings, how it is evaluated, and the sphere it lives on."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Which minima belong together: saddles of index 1, the minima they fall into, and the barriers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The energy landscape of spherical p-spin glasses in a magnetic field.

The names here begin most work: a landscape, what searches it, and what opens its files.  The rest
is in packages: `spinglass.landscape`, `spinglass.search`, `spinglass.connections`,
`spinglass.following`, `spinglass.sweep`, `spinglass.theory`, and for figures `spinglass.plot`.
Every public name is imported from one place only, when it is first used, so that
``import spinglass`` and the help of the command line stay light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The energy landscape of spherical p-spin glasses in a magnetic field.

The names here begin most work: a landscape, what searches it, and what opens its files.  Each has a
package of its own, with the rest of its kind: `spinglass.landscape`, `spinglass.search`,
`spinglass.connections`, `spinglass.following`, `spinglass.sweep`, `spinglass.theory`, and for
figures `spinglass.plot`.  They are
imported when they are first used, so that ``import spinglass`` and the help of the command line
stay light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

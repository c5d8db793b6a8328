"""Who does the pieces of a sweep: engines by name, all with bit-identical results.

An engine is given pieces and a `Listener`.  It does the pieces in any order, tells the listener
from one thread at a time, begins nothing once the listener says stop, and goes on when a piece
raises.  What it must not lose is on the disk: an engine keeps no result in memory.
"""

from spinglass.sweep.engines.engine import Engine, Listener
from spinglass.sweep.engines.engine_registry import ENGINES, choose_engine

__all__ = ["ENGINES", "Engine", "Listener", "choose_engine"]

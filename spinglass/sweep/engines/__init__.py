"""Engines, which do the pieces of a sweep, by name; all give bit-identical results.

An engine is given pieces and a `Listener`.  It does the pieces in any order, tells the listener
from one thread at a time, begins no piece once the listener says stop, and goes on if a piece
raises an error.  Results go to the disk at once: an engine keeps none in memory.
"""

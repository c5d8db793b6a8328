"""Proofs about computed points that include every rounding error."""

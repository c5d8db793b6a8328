"""Figures ready for a paper, one module a figure."""

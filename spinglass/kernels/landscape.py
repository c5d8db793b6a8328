"""What a kernel is told of a landscape: H(x) = -scale F(x) - field . x, in one tuple."""

from collections import namedtuple

Landscape = namedtuple("Landscape", "c p scale field plan")
"""Packed coefficients c (C(n + p - 1, p),) of the form F of degree p, its factor, the field (n,),
and the plan from `gradient.new_plan`."""

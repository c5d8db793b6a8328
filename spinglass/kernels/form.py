"""A landscape as kernels take it: H(x) = -(sum of scale F(x) over the orders) - field . x."""

from collections import namedtuple

from spinglass.kernels.compiled import jit as _jit

Plan = namedtuple("Plan", "table starts")
"""Sizes of the parts of the packed order, from `packing.binomials` for this degree or a higher one;
the position where the row of each head begins for m = 0 (see `spinglass.kernels.gradient`)."""

Form = namedtuple("Form", "c p plan")
"""A form F: its packed coefficients (C(n + p - 1, p),), its degree p, its plan."""

Forms = namedtuple("Forms", "c ends orders scales table heads head_ends field")
"""All forms of a landscape, one after another by ascending order.

Form k has the degree ``orders[k]``, the factor ``scales[k]``, its coefficients in ``c`` from
``ends[k]`` to ``ends[k + 1]`` and its plan's starts in ``heads`` from ``head_ends[k]`` on.  All of
them share ``table``.  The field is (n,)."""


@_jit
def form_of(forms, k):
    """Return form number ``k``; nothing is copied."""
    c = forms.c[forms.ends[k] : forms.ends[k + 1]]
    starts = forms.heads[forms.head_ends[k] : forms.head_ends[k + 1]]
    return Form(c, forms.orders[k], Plan(forms.table, starts))

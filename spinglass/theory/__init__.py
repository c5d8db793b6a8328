"""Exact theory of the landscape, the referee: independent of the model and the kernels."""

"""Compiled kernels: arrays in, arrays out, no validation and no knowledge of anything above."""

"""Summaries in numbers of each kind of file, beside what theory expects; one module per kind."""

"""The field turned up and down: branches of minima, their births and deaths, and annealing."""

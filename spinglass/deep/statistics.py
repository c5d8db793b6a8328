"""What an experiment shows: means, spreads and the paired test between methods."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from spinglass.errors import InputError


@dataclass(frozen=True)
class Comparison:
    """Final test errors of two methods over the same seeds.

    Attributes
    ----------
    difference, error : float
        Mean of second - first over seeds, and its standard error, as fractions.
    t_p_value, rank_p_value : float
        Two-sided, of the paired t test and of Wilcoxon's signed ranks.
    seeds : int
        Pairs.
    """

    difference: float
    error: float
    t_p_value: float
    rank_p_value: float
    seeds: int


def final_errors(data: xr.Dataset, method: str) -> xr.DataArray:
    """Return the test errors (fractions) of a method after the last epoch, by seed.

    Raises
    ------
    InputError
        If there is no such method.
    """
    if method not in data.optimizer.values:
        allowed = ", ".join(map(str, data.optimizer.values))
        raise InputError(f"no method {method!r} among the results (there are: {allowed})")
    return data.test_error.sel(optimizer=method).isel(epoch=-1).dropna("seed")


def compare(data: xr.Dataset, first: str, second: str) -> Comparison:
    """Compare the final test errors of two methods, paired by seed.

    Raises
    ------
    InputError
        If fewer than two seeds have both.
    """
    a, b = xr.align(final_errors(data, first), final_errors(data, second), join="inner")
    if a.size < 2:
        raise InputError(f"comparing {first} and {second} needs two common seeds (got {a.size})")
    change = b.values - a.values
    if not change.any():
        return Comparison(0.0, 0.0, 1.0, 1.0, a.size)
    return Comparison(
        difference=float(change.mean()),
        error=float(change.std(ddof=1) / np.sqrt(a.size)),
        t_p_value=float(stats.ttest_rel(b.values, a.values).pvalue),
        rank_p_value=float(stats.wilcoxon(change).pvalue),
        seeds=int(a.size),
    )


def summary(data: xr.Dataset) -> list[str]:
    """Return a line for each method, then one for each pair with the first method."""
    names = [str(name) for name in data.optimizer.values]
    lines = []
    for name in names:
        errors = 100 * final_errors(data, name).values
        spread = errors.std(ddof=1) if len(errors) > 1 else float("nan")
        median = float(np.median(errors))
        lines.append(
            f"{name}: test error {errors.mean():.2f} +- {spread:.2f} %"
            f" (mean, spread over {len(errors)} seeds; median {median:.2f} %)"
        )
    for name in names[1:]:
        try:
            found = compare(data, names[0], name)
        except InputError as problem:
            lines.append(str(problem))
            continue
        lines.append(
            f"{name} - {names[0]}: {100 * found.difference:+.2f} +- {100 * found.error:.2f} %,"
            f" paired t test p = {found.t_p_value:.2g},"
            f" signed ranks p = {found.rank_p_value:.2g}, {found.seeds} seeds"
        )
    return lines

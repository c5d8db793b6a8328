"""Summaries of an experiment: means, spreads and paired tests between methods."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from spinglass.averaging import mean_and_error
from spinglass.errors import InputError


@dataclass(frozen=True)
class PairedTest:
    """Comparison of the final test errors of two methods over the same seeds.

    Attributes
    ----------
    difference, error : float
        Mean over seeds of the second method's error minus the first's, and its standard error, as
        fractions.
    t_p_value, rank_p_value : float
        Two-sided p values of the paired t test and of Wilcoxon's signed-rank test.
    seeds : int
        Number of seeds that both methods have.
    """

    difference: float
    error: float
    t_p_value: float
    rank_p_value: float
    seeds: int


def final_errors(data: xr.Dataset, method: str) -> xr.DataArray:
    """Return a method's test errors (fractions) after the last epoch, one for each seed.

    Raises
    ------
    InputError
        If there is no such method.
    """
    if method not in data.optimizer.values:
        allowed = ", ".join(map(str, data.optimizer.values))
        raise InputError(f"the method must be one of {allowed}, got {method!r}")
    return data.test_error.sel(optimizer=method).isel(epoch=-1).dropna("seed")


def compare(data: xr.Dataset, first: str, second: str) -> PairedTest:
    """Compare the final test errors of two methods, paired by seed.

    Raises
    ------
    InputError
        If fewer than two seeds have results of both methods.
    """
    a, b = xr.align(final_errors(data, first), final_errors(data, second), join="inner")
    if a.size < 2:
        raise InputError(f"comparing {first} and {second} needs two common seeds, got {a.size}")
    change = b.values - a.values
    if not change.any():
        return PairedTest(0.0, 0.0, 1.0, 1.0, a.size)
    mean, error = mean_and_error(change)
    return PairedTest(
        difference=mean,
        error=error,
        t_p_value=float(stats.ttest_rel(b.values, a.values).pvalue),
        rank_p_value=float(stats.wilcoxon(change).pvalue),
        seeds=int(a.size),
    )


def method_rows(data: xr.Dataset) -> list[dict[str, str | float | None]]:
    """Return a row for each method, with its comparison to the first method.

    Keys: method, seeds; mean_percent, spread_percent, standard_error_percent, median_percent of
    the final test error; difference_percent, difference_error_percent, t_p_value, rank_p_value of
    the paired comparison.  Values that need two seeds are None if there is only one.
    """
    names = [str(name) for name in data.optimizer.values]
    return [_row(data, name) | _against(data, names[0], name) for name in names]


def _row(data: xr.Dataset, name: str) -> dict[str, str | float | None]:
    errors = 100 * final_errors(data, name).values
    mean, error = mean_and_error(errors)
    several = len(errors) > 1
    return {
        "method": name,
        "seeds": len(errors),
        "mean_percent": mean,
        "spread_percent": float(errors.std(ddof=1)) if several else None,
        "standard_error_percent": error if several else None,
        "median_percent": float(np.median(errors)),
    }


def _against(data: xr.Dataset, first: str, name: str) -> dict[str, str | float | None]:
    keys = ("difference_percent", "difference_error_percent", "t_p_value", "rank_p_value")
    if name == first:
        return dict.fromkeys(keys)
    try:
        paired = compare(data, first, name)
    except InputError:
        return dict.fromkeys(keys)
    values = (100 * paired.difference, 100 * paired.error, paired.t_p_value, paired.rank_p_value)
    return dict(zip(keys, values, strict=True))


def summary(data: xr.Dataset) -> list[str]:
    """Return a line for each method, then one for each comparison with the first method."""
    rows = method_rows(data)
    lines = []
    for row in rows:
        spread = "" if row["spread_percent"] is None else f" +- {row['spread_percent']:.2f}"
        lines.append(
            f"{row['method']}: test error {row['mean_percent']:.2f}{spread} %"
            f" (mean, spread over {row['seeds']} seeds; median {row['median_percent']:.2f} %)"
        )
    for row in rows[1:]:
        pair = f"{row['method']} - {rows[0]['method']}"
        if row["t_p_value"] is None:
            lines.append(f"{pair}: a paired test needs two common seeds")
            continue
        lines.append(
            f"{pair}: {row['difference_percent']:+.2f} +- {row['difference_error_percent']:.2f} %,"
            f" paired t test p = {row['t_p_value']:.2g},"
            f" signed ranks p = {row['rank_p_value']:.2g}"
        )
    return lines

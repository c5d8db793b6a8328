"""Overlaps with the point hidden in a landscape, as every command prints them."""

from typing import Any

import click

from spinglass_cli.unknown import or_unknown


def print_overlaps(row: dict[str, Any]) -> None:
    """Print the overlaps of a census or a graph, if a point is hidden and minima were found."""
    if row.get("lowest_overlap") is None:
        return
    lowest = row["lowest_overlap"]
    click.echo(f"  overlap with the hidden point       {lowest:.6f} of the lowest minimum")
    click.echo(f"  highest overlap of a minimum        {row['highest_overlap']:.6f}")
    if "highest_saddle_overlap" not in row:
        return
    climb = row["nearest_escape"]
    click.echo(f"  H/n of the minimum of that overlap  {row['nearest_energy']:.6f}")
    click.echo(
        f"  climb from it to a lower minimum    {'none known' if climb is None else f'{climb:.6f}'}"
    )
    highest = or_unknown(row["highest_saddle_overlap"], ".6f")
    click.echo(f"  highest overlap of a saddle         {highest}")

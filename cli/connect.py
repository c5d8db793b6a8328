"""`spinglass connect`: the saddles between the minima of a landscape, and the graph they make."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.options import (
    json_option,
    max_seconds_option,
    model_options,
    out_option,
    start_seed_option,
    threads_option,
    unseen_option,
)
from spinglass_cli.unknown import or_none, or_unknown

if TYPE_CHECKING:
    from spinglass.connections import Connections
    from spinglass.connections.files import Header
    from spinglass.landscape.model import PSpin


@click.command(epilog="Example: spinglass connect --n 30 --p 3 --nu 0 --out landscape.json")
@model_options
@click.option(
    "--share", type=float, default=0.95, show_default=True, help="Minima to connect, as a share."
)
@unseen_option
@click.option(
    "--unseen-saddles",
    type=float,
    default=1e-2,
    show_default=True,
    help="Share of searches that would still end in a new saddle.",
)
@click.option(
    "--max-searches", type=int, default=100_000, show_default=True, help="Budget of searches."
)
@max_seconds_option
@start_seed_option
@threads_option
@json_option
@out_option(
    "file .json (everything) or .graphml; without suffix both; run again to resume", text=True
)
@told_of_compilation()
def connect(
    n: int,
    p: int,
    nu: float,
    seed: int,
    share: float,
    unseen: float,
    unseen_saddles: float,
    max_searches: int,
    max_seconds: float | None,
    start_seed: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Find the saddles of index 1, the two minima each one joins, and the barriers between them.

    Interrupted by Ctrl-C, it writes what it has; run again with the same JSON it goes on from
    there.
    """
    from spinglass.connections.files import write_graph
    from spinglass.files.targets import check_file
    from spinglass.landscape.model import PSpin

    paths = _paths(out)
    for path in paths:
        check_file(path, text=True)
    model = PSpin(n, p, nu, seed)
    found, interrupted = _connected(
        model,
        _known(paths, model, start_seed),
        max_seconds,
        share=share,
        unseen=unseen,
        unseen_saddles=unseen_saddles,
        max_searches=max_searches,
        start_seed=start_seed,
    )
    for path in paths:
        write_graph(path, model, found, start_seed)
    row = summary(model, found)
    if as_json:
        click.echo(json.dumps(row, indent=1))
    else:
        print_summary(row)
        for path in paths:
            click.echo(f"Written: {path}")
    if interrupted:
        raise click.Abort


def _connected(
    model: "PSpin", known: "Connections | None", max_seconds: float | None, **settings: Any
) -> "tuple[Connections, bool]":
    """Return what has been found in the end or up to Ctrl-C, and whether it was that."""
    from spinglass.connections import Connections, connect_minima
    from spinglass.control import Control, Progress
    from spinglass_cli.progress import shown

    kept = known
    try:
        with shown() as show:

            def keep(event: Progress) -> None:
                nonlocal kept
                kept = event.found if isinstance(event.found, Connections) else kept
                show(event)

            control = Control(max_seconds=max_seconds, tell=keep)
            return connect_minima(model, known=known, control=control, **settings), False
    except KeyboardInterrupt:
        if kept is None:
            raise
        return kept, True


def _paths(out: Path | None) -> list[Path]:
    from spinglass.errors import InputError
    from spinglass.files.targets import is_stream

    if out is None:
        return []
    something_else = os.path.lexists(out) and not out.is_file()
    if out.suffix.lower() in (".json", ".graphml") or is_stream(out) or something_else:
        return [out]
    if out.suffix:
        raise InputError(f"--out must end in .json or .graphml or have no suffix, got {out.name!r}")
    return [out.with_suffix(".json"), out.with_suffix(".graphml")]


def _known(paths: list[Path], model: "PSpin", start_seed: int) -> "Connections | None":
    """Read what an earlier run has left, if it is of this landscape and these starts."""
    from spinglass.connections.files import read_graph
    from spinglass.errors import InputError

    path = next((path for path in paths if path.suffix == ".json" and path.is_file()), None)
    if path is None:
        return None
    header, found = read_graph(path)
    if not header.fits(model) or header.start_seed != start_seed:
        raise InputError(
            f"{path} is of another landscape or other starts (n={header.n} p={header.p} "
            f"nu={header.nu:g} seed={header.seed} start seed {header.start_seed}); "
            "give another --out"
        )
    click.echo(f"Going on from {path}: {header.searches:,} searches", err=True)
    return found


def summary(model: "PSpin | Header", found: "Connections") -> dict[str, Any]:
    """Return what a graph of minima and saddles holds, in numbers."""
    import numpy as np

    from spinglass.connections import disconnectivity_tree
    from spinglass.search.coverage import richness
    from spinglass.theory import mean_by_index

    exact = mean_by_index(model.n, model.p, model.nu)
    barriers, tree = found.barriers, disconnectivity_tree(found)
    heights = (tree.escape - found.minimum_energy)[np.isfinite(tree.escape)]
    estimate = richness(found.hits)
    return {
        "n": model.n,
        "p": model.p,
        "nu": model.nu,
        "seed": model.seed,
        "complete": found.complete,
        "descents": found.descents,
        "searches": found.searches,
        "minima": len(found.minima),
        "minima_unproven": found.unproven,
        "minima_expected": float(exact[0]),
        "saddles": len(found.edges),
        "saddles_open": len(found.saddles) - len(found.edges),
        "saddles_expected": float(exact[1]),
        "saddles_unseen": or_none(found.unseen),
        "saddles_unseen_limit": found.unseen_limit,
        "saddles_chao1": estimate.estimate,
        "loops": found.loops,
        "share_connected": or_none(found.share_connected),
        "components": len(tree.roots),
        "lowest_barrier": float(barriers.min()) if barriers.size else None,
        "highest_barrier": float(barriers.max()) if barriers.size else None,
        "highest_escape": float(heights.max()) if heights.size else None,
    }


def print_summary(row: dict[str, Any]) -> None:
    """Print what `summary` returned."""
    end = "the shares asked for were reached" if row["complete"] else "ended before that"
    click.echo(f"n={row['n']} p={row['p']} nu={row['nu']:g} seed={row['seed']}")
    click.echo(f"  {row['descents']:,} descents, {row['searches']:,} searches for saddles; {end}")
    click.echo(f"  {'':22} {'found':>10} {'exact mean':>12}")
    for words, name in (("minima", "minima"), ("saddles of index 1", "saddles")):
        click.echo(f"  {words:22} {row[name]:>10,} {row[f'{name}_expected']:>12,.2f}")
    click.echo(
        f"  {or_unknown(row['share_connected'], '.1%')} of the minima connected, "
        f"{row['components']:,} component{'' if row['components'] == 1 else 's'}, "
        f"{row['loops']:,} saddles back to the same minimum"
    )
    click.echo(
        f"  unseen saddles (Good-Turing) {or_unknown(row['saddles_unseen'], '.2e')}, "
        f"95 % limit {row['saddles_unseen_limit']:.2e}; "
        f"Chao1 lower bound of their number {row['saddles_chao1']:.1f}"
    )
    if row["lowest_barrier"] is not None:
        click.echo(
            f"  barriers, H/n: lowest {row['lowest_barrier']:.3e}, "
            f"highest {row['highest_barrier']:.6f}"
        )
    if row["highest_escape"] is not None:
        click.echo(f"  highest climb to a lower minimum {row['highest_escape']:.6f}")
    left_out = row["minima_unproven"], row["saddles_open"]
    if any(left_out):
        click.echo(f"  not proven, left out: {left_out[0]} minima, {left_out[1]} saddles")


def verify_graph(path: Path, share: float, seed: int, as_json: bool) -> None:
    """Check a graph against couplings drawn afresh; raise `SpinglassError` where it is wrong."""
    from spinglass.connections import verify_edges
    from spinglass.connections.files import read_graph
    from spinglass.control import Control
    from spinglass.errors import InputError, SpinglassError
    from spinglass.landscape.model import PSpin
    from spinglass_cli.progress import shown

    header, found = read_graph(path)
    if header.seed is None:
        raise InputError(f"{path} is of couplings without a seed; they cannot be drawn afresh")
    model = PSpin(header.n, header.p, header.nu, header.seed)
    if not header.fits(model):
        raise SpinglassError(f"{path}: the couplings are not those of seed {header.seed}")
    with shown() as show:
        check = verify_edges(model, found, share, seed, Control(tell=show))
    minima, saddles = len(found.minima), len(found.edges)
    row = {
        "file": str(path),
        "right": check.right,
        "minima": minima,
        "saddles": saddles,
        "refused_minima": check.refused_minima,
        "refused_saddles": check.refused_saddles,
        "edges_checked": len(check.edges),
        "edges_wrong": check.wrong,
        "energy_error": check.energy_error,
        "lowest_barrier": check.lowest_barrier if saddles else None,
        "share_connected": or_none(found.share_connected),
    }
    if as_json:
        click.echo(json.dumps(row, indent=1))
    else:
        click.echo(
            f"  proven: {minima - check.refused_minima} of {minima} minima, "
            f"{saddles - check.refused_saddles} of {saddles} saddles of index 1"
        )
        click.echo(
            f"  falls from {len(check.edges)} of {saddles} saddles: "
            f"{len(check.edges) - len(check.wrong)} as said, saddles that differ: "
            f"{check.wrong or 'none'}"
        )
        lowest = f", lowest barrier {check.lowest_barrier:.3e}" if saddles else ""
        click.echo(f"  H/n off by {check.energy_error:.1e}{lowest}")
    if not check.right:
        raise SpinglassError(f"{path} is not right")
    if not as_json:
        share_words = or_unknown(found.share_connected, ".1%")
        click.echo(f"{path} is right, {share_words} of its minima connected")

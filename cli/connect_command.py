"""`spinglass connect`: the saddles between the minima of a landscape, and the graph they make."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.hidden_overlaps import print_overlaps
from spinglass_cli.landscape_options import WantedLandscape, landscape_options
from spinglass_cli.options import default_option, search_options, unseen_option
from spinglass_cli.tables import plain_or_scientific
from spinglass_cli.unknown import or_unknown
from spinglass_cli.written import conclude, report, tell

if TYPE_CHECKING:
    import xarray as xr

    from spinglass.connections import Connections
    from spinglass.landscape.model import Landscape


@click.command(epilog="Example: spinglass connect --n 30 --p 3 --nu 0 --out landscape.nc")
@landscape_options
@default_option("--share", default=0.95, help="Minima to connect, as a share.")
@unseen_option
@default_option(
    "--unseen-saddles", default=1e-2, help="Share of searches that would still end in a new saddle."
)
@default_option("--max-searches", default=100_000, help="Most searches for saddles to make.")
@search_options("file (.nc, .json, or .graphml without points); run again to resume", text=True)
@told_of_compilation()
def connect(
    landscape: WantedLandscape,
    max_seconds: float | None,
    start_seed: int,
    as_json: bool,
    out: Path | None,
    share: float,
    unseen: float,
    unseen_saddles: float,
    max_searches: int,
) -> None:
    """Find the saddles of index 1, the two minima each one joins, and the barriers between them.

    Interrupted by Ctrl-C, it writes what it has; run again with the same file (.nc or .json) it
    goes on from there.
    """
    from spinglass.connections.files import graph_dataset, write_graph
    from spinglass.contents.connections_contents import summary
    from spinglass.files.targets import checked_file

    if out:
        out = checked_file(out, ".nc", ".json", ".graphml")
    model = landscape.make(out)
    known = _known(out, model, start_seed) if out else None
    graph, interrupted = _connected(
        model,
        known,
        max_seconds,
        share=share,
        unseen=unseen,
        unseen_saddles=unseen_saddles,
        max_searches=max_searches,
        start_seed=start_seed,
    )
    data = graph_dataset(model, graph, start_seed)
    if out:
        write_graph(data, out)
    row = summary(data)
    tell(row, print_summary, as_json)
    if out and not as_json:
        report([out])
    if interrupted:
        raise click.Abort


def _connected(
    model: "Landscape", known: "Connections | None", max_seconds: float | None, **settings: Any
) -> "tuple[Connections, bool]":
    """Return the graph at the end or at Ctrl-C, and whether Ctrl-C was pressed."""
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


def _known(out: Path, model: "Landscape", start_seed: int) -> "Connections | None":
    """Read the graph of an earlier run, which must be of this landscape and these starts."""
    from spinglass.connections.files import CONNECTIONS, from_dataset
    from spinglass.files.provenance import origin

    if out.suffix.lower() == ".graphml":
        return None
    data = CONNECTIONS.to_resume(out, origin(model) | {"start_seed": start_seed})
    if data is None:
        return None
    click.echo(f"Going on from {out}: {data.attrs['searches']:,} searches", err=True)
    return from_dataset(data, out)


def print_summary(row: dict[str, Any]) -> None:
    """Print what `summary` returned."""

    end = "the shares asked for were reached" if row["complete"] else "ended before that"
    from spinglass.files.provenance import landscape_words

    click.echo(landscape_words(row))
    click.echo(f"  {row['descents']:,} descents, {row['searches']:,} searches for saddles; {end}")
    click.echo(f"  {'':22} {'found':>10} {'exact mean':>12}")
    for words, name in (("minima", "minima"), ("saddles of index 1", "saddles")):
        click.echo(
            f"  {words:22} {row[name]:>10,} {or_unknown(row[f'{name}_expected'], ',.2f'):>12}"
        )
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
        form = plain_or_scientific([row["highest_barrier"]], 6)
        click.echo(
            f"  barriers, H/n: lowest {row['lowest_barrier']:.3e}, "
            f"highest {row['highest_barrier']:{form}}"
        )
    if row["highest_escape"] is not None:
        form = plain_or_scientific([row["highest_escape"]], 6)
        click.echo(f"  highest climb to a lower minimum {row['highest_escape']:{form}}")
    print_overlaps(row)
    left_out = row["minima_unproven"], row["saddles_open"]
    if any(left_out):
        click.echo(f"  not proven, left out: {left_out[0]} minima, {left_out[1]} saddles")


def verify_graph(
    path: Path,
    data: "xr.Dataset",
    model: "Landscape",
    share: float,
    choice_seed: int,
    as_json: bool,
) -> None:
    """Check a graph against its landscape; raise `SpinglassError` if it is wrong."""
    from spinglass.connections import verify_edges
    from spinglass.connections.files import from_dataset
    from spinglass.contents.numbers import or_none
    from spinglass.control import Control
    from spinglass_cli.progress import shown

    graph = from_dataset(data, path)
    with shown() as show:
        check = verify_edges(model, graph, share, choice_seed, Control(tell=show))
    minima, saddles = len(graph.minima), len(graph.edges)
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
        "share_connected": or_none(graph.share_connected),
    }
    lowest = f", lowest barrier {check.lowest_barrier:.3e}" if saddles else ""
    words = [
        f"  proven: {minima - check.refused_minima} of {minima} minima, "
        f"{saddles - check.refused_saddles} of {saddles} saddles of index 1",
        f"  falls from {len(check.edges)} of {saddles} saddles: "
        f"{len(check.edges) - len(check.wrong)} as said, saddles that differ: "
        f"{check.wrong or 'none'}",
        f"  H/n off by {check.energy_error:.1e}{lowest}",
    ]
    connected = f", {or_unknown(graph.share_connected, '.1%')} of its minima connected"
    conclude(path, row, words, as_json, connected)

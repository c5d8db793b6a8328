"""`spinglass census`: all minima of a landscape, as far as can be said, and how far that is."""

import json
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
    from spinglass.landscape.model import PSpin
    from spinglass.search.census import Census
    from spinglass.search.proofs.certificates import Certificate


@click.command(epilog="Example: spinglass census --n 30 --nu 0.5 --unseen 0.001")
@model_options
@unseen_option
@click.option("--max-starts", type=int, default=1_000_000, show_default=True, help="Budget.")
@max_seconds_option
@start_seed_option
@threads_option
@json_option
@out_option("file of the minima (JSON)", text=True)
@told_of_compilation()
def census(
    n: int,
    p: int,
    nu: float,
    seed: int,
    unseen: float,
    max_starts: int,
    max_seconds: float | None,
    start_seed: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Descend until the unseen basin weight is small; prove each minimum; compare with theory."""
    from spinglass.control import Control
    from spinglass.files.store import write_text
    from spinglass.files.targets import check_file
    from spinglass.landscape.model import PSpin
    from spinglass.search.census import take_census
    from spinglass.search.proofs.certificates import prove_minima
    from spinglass_cli.progress import shown

    if out:
        check_file(out, text=True)
    model = PSpin(n, p, nu, seed)
    with shown() as show:
        control = Control(max_seconds=max_seconds, tell=show)
        found = take_census(
            model, unseen, max_starts=max_starts, start_seed=start_seed, control=control
        )
    proofs = prove_minima(model, found.spins)
    row = summary(model, found, proofs)
    if out:
        write_text(json.dumps({**row, "points": _minima(found, proofs)}, indent=1) + "\n", out)
    if as_json:
        click.echo(json.dumps(row, indent=1))
    else:
        print_summary(row)


def summary(model: "PSpin", found: "Census", proofs: "list[Certificate]") -> dict[str, Any]:
    """Return what a census has found, in numbers."""
    from spinglass.theory import mean_minima

    estimate = found.richness
    met = max(int(found.count.sum()), 1)
    return {
        "n": model.n,
        "p": model.p,
        "nu": model.nu,
        "seed": model.seed,
        "starts": found.starts,
        "status": {status.name.lower(): number for status, number in found.status.items()},
        "complete": found.complete,
        "minima": len(found.count),
        "antipodal_pairs": found.antipodal,
        "unseen": or_none(found.unseen),
        "unseen_limit": found.unseen_limit,
        "chao1": estimate.estimate,
        "chao1_interval": [estimate.low, or_none(estimate.high)],
        "basin_entropy": or_none(found.entropy),
        "expected": float(mean_minima(model.n, model.p, model.nu)) / (2 if found.antipodal else 1),
        "proven": sum(proof.proven for proof in proofs),
        "near_degenerate": [k for k, proof in enumerate(proofs) if proof.near_degenerate],
        "lowest_energy": float(found.energy[0]) if len(found.energy) else None,
        "weights_by_rank": sorted((found.count / met).tolist(), reverse=True),
    }


def _minima(found: "Census", proofs: "list[Certificate]") -> list[dict[str, Any]]:
    return [
        {
            "energy": float(found.energy[k]),
            "count": int(found.count[k]),
            "gradient_norm": float(found.gradient_norm[k]),
            "lambda_min": float(found.lambda_min[k]),
            "proven": proof.proven,
            "true_minimum_within": proof.distance if proof.proven else None,
            "spins": found.spins[k].tolist(),
        }
        for k, proof in enumerate(proofs)
    ]


def print_summary(row: dict[str, Any]) -> None:
    """Print what `summary` returned."""
    what = "pairs of minima" if row["antipodal_pairs"] else "minima"
    low, high = row["chao1_interval"]
    end = "the unseen share was reached" if row["complete"] else "a budget ended it"
    if not row["minima"]:
        end = "no descent arrived at one"
    click.echo(f"n={row['n']} p={row['p']} nu={row['nu']:g} seed={row['seed']}")
    click.echo(f"  {row['minima']:,} distinct {what} from {row['starts']:,} starts; {end}")
    click.echo(
        f"  unseen basin weight (Good-Turing)   {or_unknown(row['unseen'], '.2e')}, "
        f"95 % limit {row['unseen_limit']:.2e}"
    )
    click.echo(
        f"  Chao1 lower bound                   {row['chao1']:.2f} "
        f"[{low:.2f}, {or_unknown(high, '.2f')}]"
    )
    if row["minima"]:
        click.echo(f"  basin entropy                       {row['basin_entropy']:.4f} nats")
        click.echo(f"  lowest H/n                          {row['lowest_energy']:.8f}")
    click.echo(f"  exact mean over disorder (Kac-Rice) {row['expected']:.3f}")
    click.echo(f"  proven minima                       {row['proven']} of {row['minima']}")
    if row["near_degenerate"]:
        click.echo(f"  lowest eigenvalue below 1e-6: minima {row['near_degenerate']}")

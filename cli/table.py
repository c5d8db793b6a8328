"""`spinglass table ...`: one subcommand a table."""

from pathlib import Path

import click

from spinglass_cli.options import out_option


@click.group(epilog="Example: spinglass table cifar10 results/allcnn")
def table() -> None:
    """Print a table, with error bars."""


@table.command(epilog="Example: spinglass table cifar10 results/allcnn --out results/table.csv")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@out_option("CSV file")
def cifar10(folder: Path, out: Path | None) -> None:
    """Table 1 of arXiv:1511.06485: the test error of each method, and the paired difference."""
    from spinglass.deep.experiment import load_experiment
    from spinglass.deep.statistics import final_errors, summary

    data = load_experiment(folder)
    for line in summary(data):
        click.echo(line)
    if out is not None:
        rows = ["method,seeds,mean_test_error_percent,standard_error_percent"]
        for name in data.optimizer.values:
            errors = 100 * final_errors(data, str(name))
            spread = float(errors.std(ddof=1)) / errors.size**0.5
            rows.append(f"{name},{errors.size},{float(errors.mean()):.3f},{spread:.3f}")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n".join(rows) + "\n", encoding="utf-8")
        click.echo(out)

"""`spinglass table ...`: one subcommand per table."""

import json
from pathlib import Path

import click

from spinglass_cli.options import Group, folder_argument, json_option, out_option
from spinglass_cli.written import report


@click.group(cls=Group, epilog="Example: spinglass table cifar10 results/allcnn")
def table() -> None:
    """Print a table of a training run, with error bars."""


@table.command(epilog="Example: spinglass table cifar10 results/allcnn --out results/table.csv")
@folder_argument
@json_option
@out_option("CSV file", text=True)
def cifar10(folder: Path, as_json: bool, out: Path | None) -> None:
    """Print Table 1 of arXiv:1511.06485: each method's test error and its paired difference."""
    from spinglass.deep.experiment import load_experiment
    from spinglass.deep.statistics import method_rows, summary
    from spinglass.files.store import write_text
    from spinglass.files.targets import check_file

    if out is not None:
        check_file(out, text=True)
    data = load_experiment(folder)
    rows = method_rows(data)
    for line in [json.dumps(rows)] if as_json else summary(data):
        click.echo(line)
    if out is not None:
        cells = [[_cell(value) for value in row.values()] for row in rows]
        write_text("\n".join(map(",".join, [list(rows[0]), *cells])) + "\n", out)
        report([out], err=as_json)


def _cell(value: str | float | None) -> str:
    """Return a value as a cell: floats with four digits, nothing for None."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)

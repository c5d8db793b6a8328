"""`spinglass sample`: the minima of one landscape, in one file."""

from pathlib import Path
from typing import Any

import click

from spinglass.search.methods.method_registry import METHODS
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.landscape_options import WantedLandscape, landscape_options
from spinglass_cli.options import default_option, out_option, start_seed_option, threads_option
from spinglass_cli.written import report

_METHODS = "; ".join(f"{method.name}: {method.sentence}" for method in METHODS.values())


@click.command(
    epilog="Example: spinglass sample --n 60 --p 3 --nu 0.5 --starts 500 --out sample.nc",
)
@landscape_options
@default_option("--starts", default=1000, help="Random starts.")
@start_seed_option
@default_option("--method", default="flow", help=f"Descent method. {_METHODS}.")
@default_option("--tol", default=1e-10, help="Gradient norm / sqrt n.")
@threads_option
@out_option("file (.nc)", required=True)
@told_of_compilation()
def sample(landscape: WantedLandscape, starts: int, out: Path, **settings: Any) -> None:
    """Descend from random starts on one landscape and write where they end."""
    from spinglass import descend
    from spinglass.contents.descents_contents import summary
    from spinglass.control import Control
    from spinglass.errors import SpinglassError
    from spinglass.files.store import write_dataset
    from spinglass.files.targets import checked_file
    from spinglass.search.minima import distinct_minima
    from spinglass.search.results import DESCENTS, descent_dataset
    from spinglass_cli.progress import shown
    from spinglass_cli.show_command import print_results

    out = checked_file(out, ".nc")
    DESCENTS.check_replaceable(out)
    model = landscape.make(out)
    with shown() as show:
        descent = descend(model, starts, control=Control(tell=show), **settings)
    minima = distinct_minima(descent, model.is_even)
    data = descent_dataset(model, descent, minima, {"starts": starts, **settings})
    write_dataset(data, out)
    row = summary(data)
    print_results([row])
    report([out])
    if not row["certified"]:
        ends = ", ".join(f"{count:,} {name}" for name, count in row["status"].items() if count)
        raise SpinglassError(
            f"none of {starts:,} descents has ended in a certified minimum, at --tol "
            f"{settings['tol']:g}: {ends.replace('_', ' ')}"
        )

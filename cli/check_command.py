"""`spinglass check`: gradient and Hessian of a landscape, compared with its energy."""

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.landscape_options import WantedLandscape, landscape_options


@click.command(epilog="Example: spinglass check --n 40 --p 4 --nu 1.0")
@landscape_options
@told_of_compilation()
def check(landscape: WantedLandscape) -> None:
    """Check gradient and Hessian of a landscape against its energy on great circles."""
    from spinglass.errors import SpinglassError
    from spinglass.landscape.geometry import check_gradient, check_hessian
    from spinglass_cli.progress import told

    works = {"gradient": check_gradient, "Hessian": check_hessian}
    model = landscape.make()
    names = told(list(works), "derivatives", lambda name: f"checking the {name}")
    checks = {name: works[name](model) for name in names}
    click.echo(f"{model!r}")
    for name, result in checks.items():
        verdict = "passed" if result.passed else "FAILED"
        click.echo(
            f"  {name:<8}  largest error on {result.errors.size} circles {result.error:.1e}, "
            f"radial part {result.tangency:.1e}: {verdict}"
        )
    if not all(result.passed for result in checks.values()):
        raise SpinglassError("a derivative does not match the energy")

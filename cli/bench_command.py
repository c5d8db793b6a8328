"""`spinglass bench`: this machine's limits, and how close to them the kernels run."""

import json
from typing import TYPE_CHECKING

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.options import default_option, json_option, threads_option
from spinglass_cli.tables import print_table

if TYPE_CHECKING:
    from spinglass.covariance import Name
    from spinglass.performance import DescentRate, KernelRate, Machine


_DESCENTS: tuple[tuple[int, "Name", float, str], ...] = (
    (100, 3, 0.0, "flow"),
    (100, 3, 0.0, "fast"),
    (100, 3, 1.35, "flow"),
)
"""(n, orders, nu, method) of the descents that are timed."""


@click.command(epilog="Example: spinglass bench --starts 500")
@default_option("--starts", type=click.IntRange(min=1), default=2000, help="Descents timed.")
@click.option("--large", is_flag=True, help="Also one replica at n = 1000 (1.3 GiB).")
@click.option("--mixture", metavar="P:W,P:W", help="Also these orders, weights c_p^2; n is 100.")
@threads_option
@json_option
@told_of_compilation()
def bench(starts: int, large: bool, mixture: str | None, as_json: bool) -> None:
    """Measure dgemm and memory, gradient kernels and minima a second."""
    from spinglass import performance
    from spinglass.covariance import Covariance
    from spinglass_cli.progress import told

    more = [] if mixture is None else [Covariance.parse(mixture).name]
    cases: list[tuple[int, Name, int]] = [*performance.KERNEL_CASES, (500, 3, 1)]
    cases += [*([(1000, 3, 1)] if large else []), *((100, name, 1024) for name in more)]
    descended = [*_DESCENTS, *((100, name, 0.0, "flow") for name in more)]
    machine = performance.measure_machine()
    kernels = [
        performance.measure_kernel(*case, machine)
        for case in told(cases, "kernels", lambda case: f"n, orders, replicas = {case}")
    ]
    descents = [
        performance.measure_descent(n, orders, nu, starts, method)
        for n, orders, nu, method in told(
            descended, "descents", lambda case: f"n, orders, nu, method = {case}"
        )
    ]
    if as_json:
        click.echo(json.dumps(performance.as_table(machine, kernels, descents), indent=1))
    else:
        _print(machine, kernels, descents)


def _print(machine: "Machine", kernels: "list[KernelRate]", descents: "list[DescentRate]") -> None:
    click.echo(
        f"{machine.threads} threads: dgemm {machine.dgemm:.1f} Gflop/s, "
        f"reading {machine.read:.1f} GB/s, {machine.lanes} replicas a pass"
    )
    rows = []
    for rate in kernels:
        unit, limit = ("GB/s", "reading") if rate.replicas == 1 else ("Gflop/s", "dgemm  ")
        rows.append(
            [
                f"{rate.n}",
                f"{rate.orders}",
                f"{rate.replicas:,}",
                rate.dtype,
                f"{rate.microseconds:,.2f}",
                f"{rate.rate:.1f} {unit:<7}",
                f"{rate.share:.2f} of {limit}",
            ]
        )
    print_table(
        ("n", "orders", "replicas", "type", "us / gradient", "rate", "share of limit"), rows
    )
    click.echo()
    rows = [
        [
            f"{descent.n}",
            f"{descent.orders}",
            f"{descent.nu:g}",
            descent.method,
            f"{descent.gradients:.0f}",
            f"{descent.certified:,} of {descent.starts:,}",
            f"{descent.minima_per_second:,.0f}",
            f"{descent.expected:,.0f}",
        ]
        for descent in descents
    ]
    print_table(
        ("n", "orders", "nu", "method", "gradients / start", "certified", "minima / s", "expected"),
        rows,
    )

"""`spinglass bench`: this machine's limits, and how near to them the kernels run."""

import json
from typing import TYPE_CHECKING

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.options import json_option, threads_option
from spinglass_cli.tables import print_table

if TYPE_CHECKING:
    from spinglass.performance import DescentRate, KernelRate, Machine


_DESCENTS = ((100, 0.0, "flow"), (100, 0.0, "fast"), (100, 1.35, "flow"))
"""(n, nu, method) of the descents that are timed, p = 3."""


@click.command(epilog="Example: spinglass bench --starts 500")
@click.option(
    "--starts", type=click.IntRange(min=1), default=2000, show_default=True, help="Descents timed."
)
@click.option("--large", is_flag=True, help="Also one replica at n = 1000 (1.3 GiB, 1 min).")
@threads_option
@json_option
@told_of_compilation()
def bench(starts: int, large: bool, as_json: bool) -> None:
    """Measure dgemm and memory, gradient kernels and minima a second (about a minute)."""
    from spinglass import performance
    from spinglass_cli.progress import told

    cases = [*performance.KERNEL_CASES, (500, 3, 1), *([(1000, 3, 1)] if large else [])]
    machine = performance.measure_machine()
    kernels = [
        performance.measure_kernel(*case, machine)
        for case in told(cases, "kernels", lambda case: f"n, p, replicas = {case}")
    ]
    descents = [
        performance.measure_descent(n, 3, nu, starts, method)
        for n, nu, method in told(_DESCENTS, "descents", lambda case: f"n, nu, method = {case}")
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
    print_table(("n", "p", "replicas", "type", "us / gradient", "rate", "share of limit"), rows)
    click.echo()
    rows = [
        [
            f"{found.n}",
            f"{found.orders}",
            f"{found.nu:g}",
            found.method,
            f"{found.gradients:.0f}",
            f"{found.certified:,} of {found.starts:,}",
            f"{found.minima_per_second:,.0f}",
            f"{found.expected:,.0f}",
        ]
        for found in descents
    ]
    print_table(
        ("n", "p", "nu", "method", "gradients / start", "certified", "minima / s", "expected"),
        rows,
    )

"""The table of the minima, which the script writes: it sorts and selects."""

from spinglass.report.explorer import Explorer
from spinglass.report.panel import PagePanel


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Return the panel of the table."""
    return PagePanel(
        "Minima",
        "Every minimum that is drawn; the head of a column sorts by it, a click or the space bar "
        "selects a row, and with shift or ctrl adds it. Minima of different fields with the same "
        "course are the same minimum, followed from field to field without a jump; what comes of x "
        "and of -x, a pair without a field, has one course.",
        command,
        slot="table",
        wide=True,
    )

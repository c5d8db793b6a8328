"""The minimum chosen last, in numbers."""

from spinglass.report.explorer import Explorer
from spinglass.report.panel import PagePanel


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Return the panel that the script fills."""
    return PagePanel(
        "The chosen minimum",
        "What is known of the minimum that was clicked last, at first the lowest.",
        command,
        slot="chosen",
    )

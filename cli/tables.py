"""Tables for people: as narrow as their numbers, none of which is ever cut short."""

from collections.abc import Sequence

_WIDE, _GAP = 1_000, 2


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    caption: str | None = None,
) -> None:
    """Print rows below their headers, which are broken between words on a narrow terminal.

    The title and the caption stand on lines of their own, however narrow the table is.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )
    needed = 0
    for place, words in enumerate(headers):
        width = max(map(len, [*words.split(), *(row[place] for row in rows)]))
        table.add_column(words, justify="right", min_width=width)
        needed += width + _GAP
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal or console.width < needed:
        console = Console(width=Console(width=_WIDE).measure(table).maximum)
    if title:
        console.print(Text(title, style="table.title"), soft_wrap=True)
    console.print(table, crop=False)
    if caption:
        console.print(Text(caption, style="table.caption"), soft_wrap=True)

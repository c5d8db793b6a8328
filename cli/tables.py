"""Tables for people: as narrow as their numbers allow, and no number is cut short."""

from collections.abc import Mapping, Sequence
from typing import Any

from spinglass_cli.unknown import or_unknown

_WIDE, _GAP = 1_000, 2
_PLAIN = (1e-2, 1e7)


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    caption: str | None = None,
) -> None:
    """Print rows below their headers, which are broken between words on a narrow terminal.

    The title and the caption are printed on lines of their own, however narrow the table is.
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


def print_columns(
    columns: Sequence[tuple[str, str, str]], rows: Sequence[Mapping[str, Any]], **words: Any
) -> None:
    """Print a table of columns, each given by a title, its key in the rows and a format.

    The keywords ``title`` and ``caption`` are those of `print_table`.
    """
    print_table(
        [title for title, _, _ in columns],
        [[or_unknown(row[name], form) for _, name, form in columns] for row in rows],
        **words,
    )


def plain_or_scientific(numbers: Sequence[float | None], digits: int) -> str:
    """Return the format of a column of numbers, with ``digits`` digits after the point.

    It is scientific if the largest number is so small that plain digits would lose it, or so large
    that most of them would mean nothing.
    """
    largest = max((abs(number) for number in numbers if number is not None), default=0.0)
    plain = largest == 0.0 or _PLAIN[0] <= largest < _PLAIN[1]
    return f".{digits}{'f' if plain else 'e'}"

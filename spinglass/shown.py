"""How a terminal and a notebook show what the library returns: a name and a few facts."""

from html import escape


class Shown:
    """Base of classes that a terminal or a notebook shows by their name and `facts`."""

    def facts(self) -> dict[str, object]:
        """Return what a reader wants to know first, by names that are words."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the name and the facts on one line."""
        facts = ", ".join(f"{_key(name)}={_plain(value)}" for name, value in self.facts().items())
        return f"{type(self).__name__}({facts})"

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        rows = "".join(
            f'<tr><th style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(_short(value))}</td></tr>'
            for name, value in self.facts().items()
        )
        title = escape(type(self).__name__)
        return f'<table><caption style="text-align:left"><b>{title}</b></caption>{rows}</table>'


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("/", "_per_")


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else _plain(value)

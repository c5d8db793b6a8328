"""The page: panels in their sections, with everything that they need, in one file.

Whatever comes from files or paths stands in the page as escaped text, or as JSON in a block that no
browser runs, with all markup characters escaped.  Bokeh's script comes from its installed package;
the page loads nothing from the network.
"""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from bokeh.embed import components
from bokeh.resources import Resources

from spinglass.report.palettes import signs, washes
from spinglass.report.panel import PagePanel, PageSection
from spinglass.version import __version__

_HERE = Path(__file__).parent
_GROUNDS = ("light", "dark")

_SLOTS = {
    "": "",
    "map": "",
    "limits": '<p class="readout" data-slot="limits"></p>',
    "chosen": '<dl data-slot="chosen"></dl>',
    "tree": (
        '<div class="row"><button type="button" data-act="wider">Wider branch</button>'
        '<button type="button" data-act="all">All</button>'
        '<button type="button" data-act="none">None</button>'
        '<span class="readout" data-slot="tree"></span></div>'
    ),
    "table": (
        '<div class="scroll"><table data-slot="table" role="grid" aria-multiselectable="true">'
        "<thead></thead><tbody></tbody></table></div>"
    ),
}
"""The HTML that the script fills, by the slot of a panel."""


def page(sections: Sequence[PageSection], title: str, command: str) -> str:
    """Return the HTML page of some sections, with its title and the command that made it."""
    plots = {plot.name: plot for part in sections for panel in part.panels for plot in panel.plots}
    script, places = components(plots, wrap_script=False) if plots else ("", {})
    body = [_section(number, part, places) for number, part in enumerate(sections)]
    contents = "".join(
        f'<a href="#section-{number}">{escape(part.title)}</a>'
        for number, part in enumerate(sections)
    )
    data = {
        "sections": [part.data for part in sections],
        "palettes": {
            ground: {"washes": washes(ground), "signs": signs(ground)} for ground in _GROUNDS
        },
    }
    return Template(_own("page.html")).substitute(
        title=escape(title),
        style=_own("page.css"),
        library=Resources(mode="inline", components=["bokeh"]).render(),
        contents=contents,
        body="\n".join(body),
        command=escape(command),
        version=escape(__version__),
        data=as_json(data),
        plots=script,
        script=_own("page.js"),
    )


def as_json(data: Any) -> str:
    """Return JSON in which no character can end the enclosing block, or begin markup."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _section(number: int, part: PageSection, places: dict[str, str]) -> str:
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in part.facts.items()
    )
    panels = "\n".join(_panel(panel, places) for panel in part.panels)
    walked = f' data-section="{number}"' if part.data else ""
    return (
        f'<section id="section-{number}"{walked}>\n<h2>{escape(part.title)}</h2>\n'
        f"{_steering(number, part)}"
        f'<div class="panels">\n{panels}\n</div>\n'
        f"<details><summary>What fixes these numbers</summary><dl>{facts}</dl></details>\n"
        "</section>"
    )


def _steering(number: int, part: PageSection) -> str:
    """Return the head of an interactive section (slider, field, status), or ""."""
    if not part.data:
        return ""
    last = len(part.data["fields"]) - 1
    slider = f'<input type="range" min="0" max="{last}" step="1" value="0">' if last else ""
    return (
        f'<div class="steer"><label>Field {slider}</label>'
        '<span class="field"></span>'
        '<span class="status" role="status" aria-live="polite"></span>'
        '<span class="about"></span></div>\n'
    )


def _panel(panel: PagePanel, places: dict[str, str]) -> str:
    kinds = " ".join(["panel", *(["wide"] if panel.wide else []), panel.slot]).strip()
    plots = "".join(
        f'<div role="group" aria-label="{escape(panel.title)}" data-plot="{escape(plot.name)}">'
        f"{places[plot.name]}</div>"
        for plot in panel.plots
    )
    paper = f" On paper: <code>{escape(panel.paper)}</code>." if panel.paper else ""
    return (
        f'<article class="{kinds}"><h3>{escape(panel.title)}</h3>'
        f'<p class="says">{escape(panel.sentence)}</p>{_SLOTS[panel.slot]}{plots}'
        f'<p class="made">From <code>{escape(panel.command)}</code>.{paper}</p></article>'
    )

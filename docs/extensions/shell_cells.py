"""Cells that run a shell command are shown as the command alone."""

from docutils import nodes
from sphinx.application import Sphinx

MAGIC = "%%script bash -eo pipefail\n"


def _show_commands(app: Sphinx, tree: nodes.document) -> None:
    for block in list(tree.findall(nodes.literal_block)):
        text = block.astext()
        if text.startswith(MAGIC):
            shown = text.removeprefix(MAGIC)
            block.replace_self(nodes.literal_block(shown, shown, language="sh"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("doctree-read", _show_commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

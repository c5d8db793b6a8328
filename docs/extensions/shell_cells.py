"""Cells that run shell commands: what they print is shown whole, and the commands alone.

The kernel learns the magic ``%%shell`` from a file in a profile of its own, beside the pages built.
"""

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

MAGIC = "%%shell\n"

_STARTUP = '''
import os
import subprocess

from IPython.core.magic import register_cell_magic


@register_cell_magic
def shell(line, cell):
    """Run commands, each of which must succeed; print what they print, in one piece."""
    environment = {k: v for k, v in os.environ.items() if not k.endswith(("FORCE", "FORCE_COLOR"))}
    words = ["bash", "-eo", "pipefail", "-c", cell]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    print(done.stdout, end="")
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr}")
'''


def _teach(app: Sphinx) -> None:
    profile = Path(app.outdir).parent / "ipython"
    startup = profile / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "shell.py").write_text(_STARTUP, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(profile)


def _show_commands(app: Sphinx, tree: nodes.document) -> None:
    for block in list(tree.findall(nodes.literal_block)):
        text = block.astext()
        if text.startswith(MAGIC):
            shown = text.removeprefix(MAGIC)
            block.replace_self(nodes.literal_block(shown, shown, language="sh"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("builder-inited", _teach)
    app.connect("doctree-read", _show_commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

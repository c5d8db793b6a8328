"""The documentation site; ``make docs`` builds it, warnings are errors."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

# Cells that run commands find the `spinglass` of this environment, and print as wide as a page.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["COLUMNS"] = "96"

project = "spinglass"
author = "The spinglass developers"
copyright = "the spinglass developers, BSD-3-Clause"

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_nb",
    "sphinx_click",
    "link_check",
    "reference_pages",
    "shell_cells",
]
suppress_warnings = ["myst-nb.lexer"]  # of cells that are not run
default_role = "py:obj"

# -- the reference of names: docstrings are numpydoc -----------------------------------------------
autosummary_generate = False  # numpydoc brings it
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False

# -- pages: MyST, formulas as plain text; cells are executed once and kept ------------
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True

# -- the page itself: nothing is loaded from elsewhere ------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "spinglass"
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}  # without it pages complain of a mode that is empty
html_show_sourcelink = False
html_copy_source = False

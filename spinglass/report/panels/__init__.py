"""One module per panel; `spinglass.report.panel_registry` assigns them to kinds of files."""

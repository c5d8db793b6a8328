"""One module a panel; `spinglass.report.panel_registry` says which kind of file has which."""

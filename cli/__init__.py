"""The command line of spinglass: one thin module per command, which imports heavy packages late."""

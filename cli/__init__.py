"""The command line of spinglass: one thin module per command, without heavy imports at the top."""

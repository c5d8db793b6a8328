"""The command line of spinglass: one thin module a command, nothing heavy imported at the top."""

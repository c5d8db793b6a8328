"""Reading and writing: whole or not at all, sealed, checked, and where it came from."""

"""`python -m spinglass`: the command line where its program is not on the path."""

from spinglass_cli.main import main

if __name__ == "__main__":
    main()

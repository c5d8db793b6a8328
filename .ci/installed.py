"""Imports every module of the installed package, and asks every command for its help."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import click

import spinglass
import spinglass_cli
from spinglass_cli.main import cli

OPTIONAL = {"torch", "distributed", "dask", "zarr", "bokeh"}


def import_all() -> int:
    """Import every module but those that need an extra; return how many there are."""
    count = 0
    for package in (spinglass, spinglass_cli):
        assert "site-packages" in package.__path__[0], package.__path__
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name == "spinglass.__main__":
                continue
            count += 1
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                if error.name not in OPTIONAL:
                    raise
    return count


def ask_for_help(group: click.Group, words: tuple[str, ...] = ()) -> int:
    """Ask each command for its help, by the installed program; return how many there are."""
    program = str(Path(sys.executable).with_name("spinglass"))
    count = 0
    for name, command in group.commands.items():
        asked = (*words, name)
        subprocess.run([program, *asked, "--help"], check=True, stdout=subprocess.DEVNULL)
        count += 1
        if isinstance(command, click.Group):
            count += ask_for_help(command, asked)
    return count


if __name__ == "__main__":
    print(f"{import_all()} modules import, {ask_for_help(cli)} commands explain themselves")

"""`spinglass config`: the configurations that come with the package."""

from importlib.resources import files

import click


@click.command(
    epilog="Example: spinglass config list\n\nExample: spinglass config quick > quick.toml"
)
@click.argument("name", metavar="list|NAME", default="list")
def config(name: str) -> None:
    """List the configurations that come with spinglass, or print the one called NAME."""
    from spinglass.errors import InputError

    texts = {
        path.name.removesuffix(".toml"): path.read_text(encoding="utf-8")
        for path in files("spinglass_cli").joinpath("configs").iterdir()
        if path.name.endswith(".toml")
    }
    if name == "list":
        for known, text in sorted(texts.items()):
            about = text.partition("\n")[0].removeprefix("# ").rstrip(".,:")
            click.echo(f"{known:<13} {about}")
    elif name.removesuffix(".toml") in texts:
        click.echo(texts[name.removesuffix(".toml")], nl=False)
    else:
        raise InputError(f"NAME must be list, {', '.join(sorted(texts))}, got {name!r}")

"""``mkrefs context``: a private CRDS context, made, extended and shown without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mkrefs.crds_context import PrivateContext

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILES = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(short_help="Make, extend or show a private CRDS context.")
def context() -> None:
    """Make a private CRDS context, add reference files to it, or show it."""


@context.command()
@click.argument("folder", type=_FOLDER)
@click.argument("files", type=_FILES, nargs=-1)
def create(folder: Path, files: tuple[Path, ...]) -> None:
    """Make a context in FOLDER, with FILES in it if any are given."""
    from mkrefs.crds_context import add_references, create_context

    made = create_context(folder)
    if files:
        made = add_references(folder, files)
    _tell(made)


@context.command()
@click.argument("folder", type=_FOLDER)
@click.argument("files", type=_FILES, nargs=-1, required=True)
def add(folder: Path, files: tuple[Path, ...]) -> None:
    """Add FILES to the context in FOLDER; older contexts stay."""
    from mkrefs.crds_context import add_references

    _tell(add_references(folder, files))


@context.command()
@click.argument("folder", type=_FOLDER)
@click.option("--context", "name", metavar="PMAP", help="Show this context instead of the one in force.")
def show(folder: Path, name: str | None) -> None:
    """Show which exposures get which files from the context in FOLDER."""
    from mkrefs.cli.console import make_console, make_table
    from mkrefs.crds_context import show_context

    listing = show_context(folder, name)
    table = make_table("instrument", "type", "match", "useafter", "file")
    for entry in listing.entries:
        match = ", ".join(f"{keyword} {value}" for keyword, value in entry.match)
        table.add_row(entry.instrument, entry.reftype, match, entry.useafter, entry.file)
    console = make_console()
    console.print(f"{listing.context} in {listing.path}: {len(listing.entries)} entries")
    console.print(table)


def _tell(made: PrivateContext) -> None:
    for file in made.added:
        click.echo(
            f"{file.name}: {'added from' if file.new else 'already there, same content as'} {file.source}"
        )
    click.echo(f"{made.context} is in force in {made.path}. To use it:")
    click.echo(f"  export CRDS_PATH={made.path}")
    click.echo("  unset CRDS_SERVER_URL CRDS_CONTEXT")

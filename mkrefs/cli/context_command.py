"""``mkrefs context``: a private CRDS context, made, extended, tried and shown without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mkrefs.crds_context import PrivateContext

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PLACE = click.Path(path_type=Path)
_FILES = click.Path(path_type=Path, exists=True)
_TARGETS = "FILE|RUN"
_CONTEXT = click.option(
    "--context", "name", metavar="PMAP", help="Work with this context instead of the one in force."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
_TRY_EPILOG = "Exit status: 0 nothing speaks against the files, 1 something does, 2 wrong usage."


@click.group(short_help="Make, extend, try or show a private CRDS context.")
def context() -> None:
    """Make a private CRDS context, add reference files to it, try files in it, or show it."""


@context.command()
@click.argument("folder", type=_FOLDER)
@click.argument("files", metavar=f"[{_TARGETS}]...", type=_FILES, nargs=-1)
@click.option(
    "--from",
    "base",
    metavar="CACHE[/PMAP]",
    type=_PLACE,
    help="Begin with the rules of this CRDS cache, and with links to its reference files.",
)
def create(folder: Path, files: tuple[Path, ...], base: Path | None) -> None:
    """Make a context in FOLDER, with files, or the final files of a RUN, in it if any are given."""
    from mkrefs.cli.context_report import tell_base, tell_context
    from mkrefs.crds_context import create_context

    targets = _files(files)
    made = create_context(folder, base)
    if base is not None:
        tell_base(made)
    tell_context(_added(folder, targets) if targets else made)


@context.command()
@click.argument("folder", type=_FOLDER)
@click.argument("files", metavar=f"{_TARGETS}...", type=_FILES, nargs=-1, required=True)
@click.option(
    "--force",
    is_flag=True,
    help="Add files even if exposures lose theirs, categories overlap, or no exposure gets a new one.",
)
def add(folder: Path, files: tuple[Path, ...], force: bool) -> None:
    """Add files, or the final files of a RUN, to the context in FOLDER; older contexts stay."""
    from mkrefs.cli.context_report import tell_context

    tell_context(_added(folder, _files(files), force=force))


@context.command(name="try", epilog=_TRY_EPILOG)
@click.argument("folder", type=_FOLDER)
@click.argument("files", metavar=f"{_TARGETS}...", type=_FILES, nargs=-1, required=True)
@_CONTEXT
@_JSON
@click.pass_context
def try_(
    ctx: click.Context,
    folder: Path,
    files: tuple[Path, ...],
    name: str | None,
    as_json: bool,
) -> None:
    """Tell what would change if files, or the final files of a RUN, were in the context in FOLDER.

    FOLDER is any CRDS cache with rules; nothing is written to it.
    """
    import json

    from mkrefs.cli.context_report import tell_trial
    from mkrefs.crds_context import open_context, trial_to_json, try_insertion

    trial = try_insertion(_files(files), open_context(folder, name, whole=False))
    if as_json:
        click.echo(json.dumps(trial_to_json(trial), indent=1))
    else:
        tell_trial(trial)
    ctx.exit(int(bool(trial.stopping)))


@context.command()
@click.argument("folder", type=_FOLDER)
@_CONTEXT
@click.option("--instrument", "instruments", multiple=True, metavar="NAME", help="Show only this instrument.")
@click.option("--reftype", "reftypes", multiple=True, metavar="TYPE", help="Show only this reference type.")
@click.option(
    "--for",
    "exposures",
    multiple=True,
    metavar="EXPOSURE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Show which files this exposure gets; may be repeated.",
)
@click.option("--all", "everything", is_flag=True, help="Every line of the rules, however many there are.")
@_JSON
def show(
    *,
    folder: Path,
    name: str | None,
    instruments: tuple[str, ...],
    reftypes: tuple[str, ...],
    exposures: tuple[Path, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Show which exposures get which files from the context in FOLDER."""
    from mkrefs.cli.context_listing import listing_json, show_listing
    from mkrefs.crds_context import show_context

    if exposures:
        if instruments:
            raise click.UsageError("--instrument does not go with --for, whose exposures name theirs")
        _show_for(folder, name, exposures, reftypes, as_json=as_json)
        return
    listing = show_context(folder, name, instruments=instruments, reftypes=reftypes)
    if as_json:
        click.echo(listing_json(listing))
    else:
        show_listing(listing, everything=everything or bool(instruments or reftypes))


def _show_for(
    folder: Path, name: str | None, exposures: tuple[Path, ...], reftypes: tuple[str, ...], *, as_json: bool
) -> None:
    """Show what crds chooses for exposures."""
    from mkrefs.cli.context_choices import choices_json, show_choices
    from mkrefs.crds_context import choose_references, open_context

    opened = open_context(folder, name, whole=False)
    files = [file.absolute() for file in exposures]
    choices = choose_references(opened.state, files, [reftype.lower() for reftype in reftypes])
    if as_json:
        click.echo(choices_json(opened, choices))
    else:
        show_choices(opened, choices)


def _added(folder: Path, files: tuple[Path, ...], *, force: bool = False) -> PrivateContext:
    from mkrefs.crds_context import add_references

    return add_references(folder, files, force=force)


def _files(targets: tuple[Path, ...]) -> tuple[Path, ...]:
    """Put the final files of a run in the place of its folder."""
    from mkrefs.overview.final_files import with_final_files

    return with_final_files(targets)

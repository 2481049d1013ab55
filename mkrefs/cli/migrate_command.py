"""``mkrefs migrate``: a configuration of the older tool becomes one of mkrefs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mkrefs.cli.main_job import RESERVED

if TYPE_CHECKING:
    from mkrefs.migration import Migrated

_FILE = click.Path(path_type=Path, dir_okay=False)
_EPILOG = (
    "Exit status: 0 the result is complete, 1 something is left to you, 2 wrong usage or an unreadable file."
)


@click.command(short_help="Turn a configuration of jwst_reffiles into one of mkrefs.", epilog=_EPILOG)
@click.argument("old", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="The new file; default: the old name with suffix .yml.")
@click.option("--force", is_flag=True, help="Replace the new file if it exists.")
@click.option("--dry-run", is_flag=True, help="Print the new configuration, and write nothing.")
@click.pass_context
def migrate(ctx: click.Context, old: Path, output: Path | None, *, force: bool, dry_run: bool) -> None:
    """Turn OLD, a configuration of the older tool jwst_reffiles, into one of mkrefs, and say what changed.

    OLD itself stays as it is.
    """
    from mkrefs.migration import migrate_file, save
    from mkrefs.registry.plugins import load_plugins

    migrated = migrate_file(old, output or old.with_suffix(".yml"), load_plugins(), RESERVED)
    if dry_run:
        click.echo(migrated.text, nl=False)
    else:
        save(migrated, force=force)
    for line in _report(migrated):
        click.echo(line, err=dry_run)
    click.echo(_summary(migrated, written=not dry_run), err=dry_run)
    ctx.exit(0 if migrated.complete else 1)


def _report(migrated: Migrated) -> list[str]:
    """Give the findings under headings, one a line."""
    from mkrefs.migration import Kind

    told = {kind: [each.told(str(migrated.old)) for each in migrated.of(kind)] for kind in Kind}
    blocks = (
        ("Changed", told[Kind.CHANGED]),
        ("Left to you", [*told[Kind.OPEN], *map(str, migrated.problems)]),
        ("Worth knowing", [*told[Kind.NOTE], *migrated.warnings]),
    )
    return [line for title, lines in blocks if lines for line in (f"{title}:", *lines, "")]


def _summary(migrated: Migrated, *, written: bool) -> str:
    from mkrefs.migration import Kind

    changes = len(migrated.of(Kind.CHANGED))
    number = len(migrated.of(Kind.OPEN)) + len(migrated.problems)
    left = f"{number} left to you" if number else "mkrefs reads it without an error"
    where = f"{migrated.new} written" if written else "nothing written"
    return f"{where}: {changes or 'no'} change{'' if changes == 1 else 's'}, {left}."

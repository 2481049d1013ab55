"""``mkrefs why``: what each label does with an exposure, or which rule leaves it out."""

from pathlib import Path
from typing import Any

import click

from mkrefs.cli.group import SettingsCommand
from mkrefs.cli.main_job import prepare_run
from mkrefs.cli.options import main_job_options


@click.command(cls=SettingsCommand, short_help="Tell why an exposure is used or not.")
@click.argument("file", type=click.Path(path_type=Path))
@main_job_options
@click.pass_context
def why(ctx: click.Context, /, *, file: Path, words: tuple[str, ...], **options: Any) -> None:
    """Tell for each label whether FILE is used, in which group, or which rule leaves it out.

    Further words are labels (default: all that are installed) and the files FILE would be grouped with.
    """
    from mkrefs.factory.why import explain
    from mkrefs.registry.plugins import load_plugins

    installed = load_plugins().labels
    labels = [word for word in words if all(part.strip() in installed for part in word.split(","))]
    others = [word for word in words if word not in labels]
    everything = (*(labels or installed), str(file), *others)
    for reason in explain(prepare_run(ctx, {**options, "words": everything}), file):
        click.echo(f"{reason.label}: {'used' if reason.used else 'not used'}: {reason.text}")

"""``mkrefs deliver``: final files in a folder that can be handed to CRDS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mkrefs.delivery.deliver import Delivery

_EPILOG = (
    "Exit status: 0 the delivery is ready, 1 answers to the form are missing or files must not be delivered, "
    "2 wrong usage."
)


@click.command(short_help="Put final files into a folder for CRDS, with the form.", epilog=_EPILOG)
@click.argument("targets", metavar="RUN|FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the delivery; it appears whole or not at all.",
)
@click.option("--label", "labels", multiple=True, metavar="LABEL", help="Only final files of this label.")
@click.option(
    "--only", multiple=True, metavar="FILE", help="Only final files of this name, path or quoted pattern."
)
@click.option(
    "--form",
    "forms",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="YAML file with answers to the form; later ones win.",
)
@click.option(
    "--set",
    "given",
    nargs=2,
    multiple=True,
    metavar="FIELD ANSWER",
    help="Answer a field of the form, as in --set change_level MODERATE.",
)
@click.pass_context
def deliver(
    ctx: click.Context,
    /,
    *,
    targets: tuple[Path, ...],
    folder: Path,
    labels: tuple[str, ...],
    only: tuple[str, ...],
    forms: tuple[Path, ...],
    given: tuple[tuple[str, str], ...],
) -> None:
    """Deliver the final files of RUN, a run folder, or reference FILEs, as CRDS wants to have them.

    The files are copied under names that CRDS accepts, certified, checked, and tried in the CRDS context in
    force; form, logs, reports and checksums are laid beside them.
    """
    from mkrefs.delivery.answers import given_answers, read_answers
    from mkrefs.delivery.deliver import Request
    from mkrefs.delivery.deliver import deliver as make
    from mkrefs.delivery.refusal import DeliveryRefused

    answers = {name: answer for path in forms for name, answer in read_answers(path).items()}
    answers |= given_answers(given)
    try:
        made = make(Request(targets, folder, labels, only, answers))
    except DeliveryRefused as error:
        click.echo(f"mkrefs: {error}", err=True)
        ctx.exit(1)
    _tell(made)
    ctx.exit(int(bool(made.form.missing)))


def _tell(made: Delivery) -> None:
    """Tell what was delivered, and on standard error what to look at and what is left to do."""
    from mkrefs.cli.console import short_path
    from mkrefs.delivery.insertion import changes

    trial = made.dossier.trial
    for file in made.dossier.files:
        click.echo(f"{file.name}: {short_path(str(file.candidate.path))}")
    click.echo(f"In {trial.context}:")
    for line in changes(trial):
        click.echo(f"  {line}")
    for warning in (*made.warnings, *made.form.contradictions):
        click.echo(f"warning: {warning}", err=True)
    missing = [field.name for field in made.form.missing]
    where = short_path(str(made.folder))
    if not missing:
        click.echo(f"{where}: ready, {len(made.dossier.files)} file(s).")
        return
    click.echo(
        f"mkrefs: {where} is not ready, the form lacks {', '.join(missing)}; write the answers into {where}/"
        f"delivery_form.yml, or give them as in --set {missing[0]} ANSWER, and run the command again.",
        err=True,
    )

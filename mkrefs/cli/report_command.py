"""``mkrefs report``: draws the page of a run; and what the end of a run says of its page."""

from pathlib import Path

import click

from mkrefs.errors import UserError


@click.command(short_help="Draw the page of a run again.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page; default: report.html in the folder of the run.",
)
def report(*, run: Path, output: Path | None) -> None:
    """Draw the page of RUN, the folder of a run, and print its path.

    If RUN is a folder with several runs below it, each gets its page.
    """
    from mkrefs.ledger.journal import JOURNAL_NAME
    from mkrefs.overview.run_folders import find_run_folders
    from mkrefs.report.write import write_report

    found = find_run_folders((run,))
    folders = [folder for folder in found if (folder / JOURNAL_NAME).is_file()] or found
    if output is not None and len(folders) > 1:
        raise UserError(
            f"{run}: there are {len(folders)} runs in this folder, which do not go into one page; give the "
            "folder of one run, or leave out --output."
        )
    for folder in folders:
        click.echo(write_report(folder, output))


def draw_report(folder: Path) -> str:
    """Draw the page of a run that ended.

    Parameters
    ----------
    folder : Path
        The run folder.

    Returns
    -------
    str
        Where the page is, or why it is not drawn, which changes nothing of the run.
    """
    from mkrefs.cli.console import short_path
    from mkrefs.report.write import write_report

    try:
        return f"report {short_path(str(write_report(folder)))}"
    except UserError as error:
        return f"warning: the report of the run is not drawn: {error}"

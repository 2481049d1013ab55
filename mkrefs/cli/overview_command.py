"""``mkrefs overview``: what runs made, from what, how long it took, what failed and why."""

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Show what runs made, and what failed.")
@click.argument("runs", metavar="[RUN]...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "-c",
    "--cfgfile",
    type=_FILE,
    envvar="JWST_MKREFS_CONFIGFILE",
    show_envvar=True,
    help="Configuration file that names the top of the output, looked at when no RUN is given.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to show it; json and csv are complete.",
)
@click.option(
    "--all", "everything", is_flag=True, help="In tables: all commands, files and skipped jobs too."
)
def overview(*, runs: tuple[Path, ...], cfgfile: Path | None, form: str, everything: bool) -> None:
    """Show what each RUN made, from what, how long it took, what failed and why.

    RUN is the folder of a run, or a folder with runs below it; default: the top of the output.
    """
    from mkrefs.overview.collect import overview as collect
    from mkrefs.overview.run_folders import find_run_folders

    found = [collect(folder) for folder in find_run_folders(runs or (_top(cfgfile),))]
    if form == "table":
        from mkrefs.cli.console import make_console
        from mkrefs.cli.overview_report import show_overview

        show_overview(make_console(), found, everything=everything)
        return
    from mkrefs.cli.overview_forms import overview_csv, overview_json

    click.echo(overview_json(found) if form == "json" else overview_csv(found).rstrip("\n"))


def _top(cfgfile: Path | None) -> Path:
    """Give the top of the output by configuration and environment."""
    from mkrefs.cli.main_job import RESERVED
    from mkrefs.config import Overrides
    from mkrefs.factory.settings import read_config
    from mkrefs.registry.plugins import load_plugins

    config = read_config(cfgfile, (), Overrides(), load_plugins(), reserved=RESERVED, requested=())
    return config.require_outrootdir()

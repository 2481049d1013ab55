"""``mkrefs check``: whether reference files, whoever made them, are good ones."""

from pathlib import Path

import click

from mkrefs.cli.group import SettingsCommand
from mkrefs.cli.main_job import RESERVED

_FILE = click.Path(path_type=Path, dir_okay=False)
_EPILOG = (
    "Exit status: 0 all files pass, 1 a file has errors or cannot be read, 2 wrong usage or configuration."
)


@click.command(cls=SettingsCommand, short_help="Check whether reference files are good ones.", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "-c",
    "--cfgfile",
    type=_FILE,
    envvar="JWST_MKREFS_CONFIGFILE",
    show_envvar=True,
    help="Configuration file; its limits (section checks) win over those that come with mkrefs.",
)
@click.option(
    "-p",
    "--params",
    "top",
    nargs=2,
    multiple=True,
    metavar="KEY VALUE",
    help="Set a limit, as in -p checks.gain.range.median_high 5.",
)
@click.option(
    "--exposures",
    multiple=True,
    metavar="PATTERN",
    help="Exposures that the files were made from; without them, what manifests and headers tell counts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, the limits in force too.")
@click.pass_context
def check(
    ctx: click.Context,
    /,
    *,
    files: tuple[str, ...],
    cfgfile: Path | None,
    top: tuple[tuple[str, str], ...],
    exposures: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check reference FILES, whoever made them: values, units, flags, read-out, place on the detector."""
    from mkrefs.cli.gate_report import reports_as_json, show_reports
    from mkrefs.config import Overrides
    from mkrefs.factory.checking import check_files
    from mkrefs.factory.settings import read_config
    from mkrefs.registry.plugins import load_plugins

    plugins = load_plugins()
    config = read_config(cfgfile, (), Overrides(main=top), plugins, reserved=RESERVED, requested=())
    reports = check_files(files, exposures, config, plugins)
    if as_json:
        click.echo(reports_as_json(reports))
    else:
        show_reports(reports)
    ctx.exit(int(any(not report.passed for report in reports)))

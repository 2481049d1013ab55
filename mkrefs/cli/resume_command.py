"""``mkrefs resume``: goes on with a run by what lies in its folder."""

import sys
from pathlib import Path
from typing import Any

import click

from mkrefs.cli.options import MACHINE_OPTIONS, key_settings
from mkrefs.errors import UserError


def _machine_options(command: Any) -> Any:
    for option in reversed(MACHINE_OPTIONS):
        command = option(command)
    return command


@click.command(short_help="Go on with a run that did not come to its end.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-v", "--verbose", count=True, help="Tell more; -vv and -vvv tell more still.")
@click.option(
    "--pp",
    "section",
    nargs=3,
    multiple=True,
    metavar="batch KEY VALUE",
    help="Set a key of section batch, as in --pp batch batch_enabled False.",
)
@_machine_options
@click.pass_context
def resume(ctx: click.Context, /, run: Path, *, verbose: int, log_json: bool, **options: Any) -> None:
    """Go on with the run in the folder RUN, by the plan that is kept there.

    What is current is kept, what is missing is made; configuration and exposures are not read again.
    """
    from mkrefs.cli.running import Telling, run_and_report
    from mkrefs.config import Overrides
    from mkrefs.factory.crds_variables import differences, environment_of
    from mkrefs.factory.execute import RunOptions
    from mkrefs.factory.kept_plan import read_kept_plan
    from mkrefs.overview.run_folders import only_run_folder

    _refuse_other_sections(options["section"])
    overrides = Overrides(section=options["section"], option=key_settings(options))
    kept = read_kept_plan(only_run_folder(run), overrides)
    for difference in differences(kept.plan.crds):
        click.echo(f"mkrefs: warning: {difference}", err=True)
    with environment_of(kept.plan.crds):
        asked = RunOptions(command=("mkrefs", *sys.argv[1:]))
        ctx.exit(run_and_report(kept.plan, kept.execution, asked, Telling(verbose, log_json)))


def _refuse_other_sections(settings: tuple[tuple[str, str, str], ...]) -> None:
    for section, key, _ in settings:
        if section != "batch":
            raise UserError(
                f"--pp {section} {key}: when a run goes on, section batch alone can be changed; give the "
                "main command again to change others."
            )

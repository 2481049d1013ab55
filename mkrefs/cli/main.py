"""Entry point of the command line: the group, its commands, and how errors reach the user."""

import sys

import click

from mkrefs import __version__
from mkrefs.cli.certify_command import certify
from mkrefs.cli.check_command import check
from mkrefs.cli.compare_command import compare
from mkrefs.cli.context_command import context
from mkrefs.cli.deliver_command import deliver
from mkrefs.cli.demo_command import demo
from mkrefs.cli.group import FactoryGroup
from mkrefs.cli.main_job import plan, run
from mkrefs.cli.migrate_command import migrate
from mkrefs.cli.overview_command import overview
from mkrefs.cli.plugins_command import describe, plugins
from mkrefs.cli.report_command import report
from mkrefs.cli.resume_command import resume
from mkrefs.cli.simulate_command import simulate
from mkrefs.cli.terminal import open_standard_streams
from mkrefs.cli.usage_errors import one_sentence
from mkrefs.cli.why_command import why
from mkrefs.errors import UserError

#: Exit status for wrong usage or configuration, and for a run that was stopped by the user.
WRONG_USAGE = 2
STOPPED = 130

_HELP = """Make JWST calibration reference files from exposures.

\b
  mkrefs [OPTIONS] LABEL[,LABEL...] FILES...    make reference files
  mkrefs COMMAND ...                            do something else

Labels (see 'mkrefs plugins') and files, or quoted glob patterns, may come in any order. Any parameter of a
label can be set with --LABEL.PARAMETER VALUE.
"""


@click.group(
    cls=FactoryGroup,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    subcommand_metavar="LABEL[,LABEL...] FILES... | COMMAND ...",
    no_args_is_help=True,
)
@click.version_option(__version__, prog_name="mkrefs")
def cli() -> None:
    """Make reference files, or run one of the commands."""


for command in (
    run,
    plan,
    resume,
    demo,
    plugins,
    describe,
    simulate,
    context,
    why,
    migrate,
    overview,
    check,
    certify,
    compare,
    report,
    deliver,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; mistakes of the user become one sentence and exit status 2."""
    open_standard_streams()
    try:
        # Outside its stand-alone mode click gives back the status that a command exits with.
        sys.exit(cli.main(standalone_mode=False))
    except click.Abort:
        sys.exit(STOPPED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(WRONG_USAGE)
    except click.ClickException as error:
        click.echo(f"mkrefs: {one_sentence(error)}", err=True)
        sys.exit(WRONG_USAGE)
    except UserError as error:
        click.echo(f"mkrefs: {error}", err=True)
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        click.echo("mkrefs: stopped.", err=True)
        sys.exit(STOPPED)

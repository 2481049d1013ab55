"""The options of the main job, most of them shared with ``mkrefs plan``, and what they mean."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, readable=False)

_OPTIONS = (
    click.argument("words", nargs=-1, metavar="LABEL[,LABEL...] FILES..."),
    click.option("-v", "--verbose", count=True, help="Tell more; -vv and -vvv tell more still."),
    click.option(
        "-c",
        "--cfgfile",
        type=_FILE,
        envvar="JWST_MKREFS_CONFIGFILE",
        show_envvar=True,
        help="Main configuration file; without one the defaults hold.",
    ),
    click.option(
        "-e", "--extracfgfile", type=_FILE, multiple=True, help="Configuration file laid over the main one."
    ),
    click.option(
        "-p",
        "--params",
        "top",
        nargs=2,
        multiple=True,
        metavar="KEY VALUE",
        help="Set a key outside all sections.",
    ),
    click.option(
        "--pp",
        "section",
        nargs=3,
        multiple=True,
        metavar="SECTION KEY VALUE",
        help="Set a key of one section.",
    ),
    click.option(
        "--pall",
        "everywhere",
        nargs=2,
        multiple=True,
        metavar="KEY VALUE",
        help="Set a key in every section that has it.",
    ),
    click.option("--outrootdir", metavar="DIR", help="Top of the output, over output.outrootdir."),
    click.option("--outsubdir", metavar="NAME", help="Folder below it, over output.outsubdir."),
    click.option("--runID", "run_id", metavar="N", help="Number of the run or AUTO, over output.runID."),
    click.option(
        "-n",
        "--newrunID",
        "new_run",
        is_flag=True,
        help="Begin a new run instead of going on with the latest.",
    ),
    click.option(
        "--runIDNdigits", "run_id_digits", metavar="N", help="Digits of the number, over output.runIDNdigits."
    ),
    click.option("--addsuffix", metavar="TEXT", help="Suffix of the file names, over output.addsuffix."),
    click.option("--ssbdir", metavar="DIR", help="Folder of the pipeline's products, over output.ssbdir."),
    click.option(
        "--skip_runID_ssbdir",
        "skip_run_id_ssbdir",
        is_flag=True,
        flag_value="True",
        default=None,
        help="Leave the number of the run out of the default of --ssbdir.",
    ),
)

#: How much of the machine a run takes, and how it tells of its progress.
MACHINE_OPTIONS = (
    click.option(
        "--nproc", metavar="N", help="Jobs at once, over batch.nproc; default: the cores, bounded by memory."
    ),
    click.option(
        "--memory-limit",
        metavar="SIZE",
        help="Memory that mkrefs and its jobs may take, over batch.memory_limit; default: what is available.",
    ),
    click.option(
        "--log-json", is_flag=True, help="Tell progress on standard error as JSON, one object on each line."
    ),
)

_RUN_OPTIONS = (
    click.option(
        "--onlyshow", is_flag=True, help="Show what would be done, as 'mkrefs plan' does, and write nothing."
    ),
    click.option(
        "--force_redo_strun", is_flag=True, help="Run the pipeline again even where its products are current."
    ),
    click.option(
        "--force_redo_ref", is_flag=True, help="Make reference files again even where they are current."
    ),
    click.option(
        "--maxNstrun", "max_strun", metavar="N", help="Do at most N pipeline runs, over output.maxNstrun."
    ),
    click.option(
        "--maxNref",
        "max_ref",
        metavar="N",
        help="Make at most N individual reference files, over output.maxNref.",
    ),
    *MACHINE_OPTIONS,
    click.option(
        "--logFileLevel",
        "log_file_level",
        metavar="LEVEL",
        help="Lowest level in log files, over output.logFileLevel.",
    ),
    click.option(
        "--logScreenLevel",
        "log_screen_level",
        metavar="LEVEL",
        help="Lowest level on the screen, over output.logScreenLevel.",
    ),
)

#: Options that set one key of a section: the option, its name among the parameters, the section, the key.
_KEY_OPTIONS = (
    ("--outrootdir", "outrootdir", "output", "outrootdir"),
    ("--outsubdir", "outsubdir", "output", "outsubdir"),
    ("--runID", "run_id", "output", "runID"),
    ("--runIDNdigits", "run_id_digits", "output", "runIDNdigits"),
    ("--addsuffix", "addsuffix", "output", "addsuffix"),
    ("--ssbdir", "ssbdir", "output", "ssbdir"),
    ("--skip_runID_ssbdir", "skip_run_id_ssbdir", "output", "skip_runID_ssbdir"),
    ("--maxNstrun", "max_strun", "output", "maxNstrun"),
    ("--maxNref", "max_ref", "output", "maxNref"),
    ("--logFileLevel", "log_file_level", "output", "logFileLevel"),
    ("--logScreenLevel", "log_screen_level", "output", "logScreenLevel"),
    ("--nproc", "nproc", "batch", "nproc"),
    ("--memory-limit", "memory_limit", "batch", "memory_limit"),
)


def main_job_options(command: Command) -> Command:
    """Give a command the words and options of the main job."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run_options(command: Command) -> Command:
    """Give a command the options that say how a plan is run."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


def key_settings(options: Mapping[str, Any]) -> tuple[tuple[str, str, str, str], ...]:
    """Give the settings that options for one key make: option, section, key, value."""
    return tuple(
        (option, section, key, options[name])
        for option, name, section, key in _KEY_OPTIONS
        if options.get(name) is not None
    )

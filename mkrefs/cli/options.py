"""The options of the main job, shared by ``mkrefs`` itself and ``mkrefs plan``, and what they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, dir_okay=False)

_OPTIONS = (
    click.argument("words", nargs=-1, metavar="LABEL[,LABEL...] FILES..."),
    click.option("-v", "--verbose", count=True, help="Tell more; -vv and -vvv tell more still."),
    click.option(
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
        "-p", "top", nargs=2, multiple=True, metavar="KEY VALUE", help="Set a key outside all sections."
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
        "--newrunID", "new_run", is_flag=True, help="Begin a new run instead of going on with the latest."
    ),
    click.option("--addsuffix", metavar="TEXT", help="Suffix of the file names, over output.addsuffix."),
)


def main_job_options(command: Command) -> Command:
    """Give a command the words and options of the main job."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def output_settings(options: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Give the settings of section ``output`` that options of their own make."""
    keys = {"outrootdir": "outrootdir", "outsubdir": "outsubdir", "run_id": "runID", "addsuffix": "addsuffix"}
    return tuple(("output", key, options[name]) for name, key in keys.items() if options[name] is not None)

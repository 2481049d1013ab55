"""``mkrefs compare``: how a reference file differs from the previous one."""

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_EPILOG = (
    "Exit status: 0 compared, whatever the verdict, 1 CRDS has no file to compare with, or --strict and the "
    "verdict is suspicious, 2 wrong usage, or files that cannot be compared."
)


@click.command(short_help="Compare a reference file with the previous one.", epilog=_EPILOG)
@click.argument("new", type=_FILE)
@click.argument("previous", type=_FILE, required=False)
@click.option(
    "-o", "--output", type=_FOLDER, help="Folder for the report as text and JSON, and for the maps."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if the verdict is suspicious.")
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    *,
    new: Path,
    previous: Path | None,
    output: Path | None,
    as_json: bool,
    strict: bool,
) -> None:
    """Compare the reference file NEW, whoever made it, with the file PREVIOUS.

    Without PREVIOUS it is the most recent file that the CRDS context in force has for the same exposures.
    """
    import json

    from mkrefs.comparison.reasons import Level
    from mkrefs.comparison.report import report_to_json
    from mkrefs.comparison.standalone import compare_named
    from mkrefs.comparison.text import report_to_text
    from mkrefs.jobs.crds_state import CrdsState

    report = compare_named(new, previous, CrdsState(), output)
    told = json.dumps(report_to_json(report), indent=1) if as_json else report_to_text(report).rstrip("\n")
    click.echo(told)
    suspicious = report.verdict is not None and report.verdict.verdict is Level.SUSPICIOUS
    ctx.exit(int(report.verdict is None or (strict and suspicious)))

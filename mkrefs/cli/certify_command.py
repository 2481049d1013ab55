"""``mkrefs certify``: what ``crds certify`` finds in reference files, whoever made them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mkrefs.certification.report import CertifyReport

_EPILOG = "Exit status: 0 no file has errors, 1 one has, 2 wrong usage, or there is no CRDS context."


@click.command(short_help="Run crds certify on reference files, offline, several at once.", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--nproc", type=click.IntRange(min=1), help="Processes; default as many as there are cores.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def certify(ctx: click.Context, /, *, files: tuple[str, ...], nproc: int | None, as_json: bool) -> None:
    """Run crds certify on reference FILES, whoever made them, against the CRDS context in force."""
    from mkrefs.certification.many import certify_files
    from mkrefs.certification.report import report_to_json
    from mkrefs.factory.checking import existing_files
    from mkrefs.jobs.crds_state import CrdsState
    from mkrefs.running.available_memory import usable_cores

    paths = existing_files(files, "reference files")
    reports = certify_files(paths, CrdsState(), nproc or usable_cores())
    if as_json:
        found = [report_to_json(str(path), report) for path, report in zip(paths, reports, strict=True)]
        click.echo(json.dumps(found, indent=1))
    else:
        _show(paths, reports)
    ctx.exit(int(any(report.errors for report in reports)))


def _show(paths: Sequence[Path], reports: "Sequence[CertifyReport]") -> None:
    """Print for each file the verdict and all messages, and at the end how many are without errors."""
    from mkrefs.cli.console import make_console, short_path

    console = make_console()
    for path, report in zip(paths, reports, strict=True):
        console.print(f"{short_path(str(path))}: {report.verdict}", style="bold")
        for severity, messages in (
            ("error", report.errors),
            ("warning", report.warnings),
            ("note", report.notes),
        ):
            for message in messages:
                console.print(f"  {severity}: {message}")
    failed = sum(bool(report.errors) for report in reports)
    counts = ", ".join(
        f"{count} {word}" for count, word in ((len(reports) - failed, "passed"), (failed, "failed")) if count
    )
    contexts = ", ".join(dict.fromkeys(report.context for report in reports))
    many = "" if len(reports) == 1 else "s"
    console.print(f"{len(reports)} file{many} certified against {contexts}: {counts}")

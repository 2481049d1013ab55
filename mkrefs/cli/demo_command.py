"""``mkrefs demo``: from simulated raw darks to a certified read noise file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from mkrefs.demo.demo import Demo


@click.command(short_help="The whole way, on simulated darks.")
@click.option(
    "--outdir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("mkrefs-demo"),
    show_default=True,
    help="Folder of everything the demonstration makes.",
)
@click.option("-v", "--verbose", count=True, help="Tell more; -vv and -vvv tell more still.")
@click.option("--nproc", type=click.IntRange(min=1), help="Worker processes; default: the cores.")
@click.pass_context
def demo(ctx: click.Context, /, *, outdir: Path, verbose: int, nproc: int | None) -> None:
    """Simulate NIRCam darks, calibrate them, make and certify read noise files, compare with the truth."""
    from mkrefs.cli.console import make_console
    from mkrefs.cli.report_command import draw_report
    from mkrefs.cli.running import tell_after, tell_before, tell_left
    from mkrefs.demo.demo import run, set_up
    from mkrefs.running.observer import screen_level
    from mkrefs.running.progress import observer_for

    console = make_console()
    console.print(f"Simulating darks and their reference files below {outdir} ...")
    prepared = set_up(outdir, nproc=nproc)
    _tell_set_up(console, prepared)
    plan = prepared.prepared.plan
    tell_before(console, plan, verbose, prepared.prepared.catalog)
    observer = observer_for(make_console(stderr=True), screen_level(max(verbose, 1)))
    result = run(prepared, observer)
    console.print()
    tell_after(console, plan, result, report=draw_report(plan.layout.folder))
    tell_left(console, result, "the same command goes on from here.")
    _tell_truth(console, prepared)
    ctx.exit(result.exit_status)


def _tell_set_up(console: Console, demo: Demo) -> None:
    console.print(f"  exposures      {demo.simulation.darks[0].parent} ({len(demo.simulation.darks)} darks)")
    console.print(f"  CRDS context   {demo.context.context} in {demo.context.path}")
    console.print(f"  configuration  {demo.folder / 'main.yml'}")
    console.print("Calibrating with the jwst package and making read noise files ...")


def _tell_truth(console: Console, demo: Demo) -> None:
    from mkrefs.cli.console import make_table
    from mkrefs.demo.demo import compare_with_truth

    table = make_table("file", "kind", "median of file/truth", "scatter", "above 1.5 x truth")
    for found in compare_with_truth(demo):
        table.add_row(
            str(found.file.relative_to(demo.folder)),
            found.kind,
            f"{found.median:.4f}",
            f"{found.scatter:.4f}",
            f"{found.high:.3%}",
        )
    console.print(f"\nCompared with the injected CDS noise (normal pixels), in {demo.folder}:")
    console.print(table)

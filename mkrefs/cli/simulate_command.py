"""``mkrefs simulate``: exposures of a detector of known truth, and reference files for them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click


@click.command(short_help="Simulate exposures of known truth.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--detector", default="NRCA1", show_default=True, help="Value of DETECTOR.")
@click.option("--subarray", default="SUB160", show_default=True, help="Value of SUBARRAY.")
@click.option("--readpatt", help="Value of READPATT; default: the pattern that keeps every frame.")
@click.option(
    "--ngroups", type=click.IntRange(min=1), default=10, show_default=True, help="Groups of a ramp."
)
@click.option(
    "--nints", type=click.IntRange(min=1), default=1, show_default=True, help="Integrations of each."
)
@click.option("--darks", type=click.IntRange(min=0), default=5, show_default=True, help="Number of darks.")
@click.option(
    "--flats", type=click.IntRange(min=0), default=0, show_default=True, help="Number of lamp flats."
)
@click.option(
    "--flux", type=float, help="Light of the flats in DN/s; default: half of the full well at the end."
)
@click.option(
    "--effect", "effects", multiple=True, metavar="NAME", help="Show only these effects; may be repeated."
)
@click.option(
    "--cosmic-ray-fraction",
    type=click.FloatRange(0, 1),
    help="Share of the pixels hit in each exposure; default: the usual rate.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same pixels."
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    default="2024-03-01T12:00:00",
    show_default=True,
    help="Start of the first exposure, UTC.",
)
@click.option(
    "--spacing", type=float, default=1.0, show_default=True, help="Days from one exposure to the next."
)
@click.option("--references", is_flag=True, help="Also make the reference files the pipeline needs.")
def simulate(folder: Path, **options: Any) -> None:
    """Simulate raw exposures of one detector in FOLDER, with their truth."""
    from mkrefs.testing import SimulationSpec, simulate_set

    start: datetime = options.pop("start")
    effects: tuple[str, ...] = options.pop("effects")
    spec = SimulationSpec(start=start.replace(tzinfo=UTC), effects=effects or None, **options)
    result = simulate_set(spec, folder)
    for path in (*result.darks, *result.flats):
        click.echo(str(path))
    click.echo(f"truth: {result.truth_file}")
    for reftype, path in result.references.items():
        click.echo(f"reference {reftype}: {path}")

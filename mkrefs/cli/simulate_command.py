"""``mkrefs simulate``: exposures of a detector with reference files for it, or a mosaic, of known truth."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mkrefs.cli.simulate_mosaic import MosaicWish, make_mosaic

_RAMP_DETECTOR = "NRCA1"
_MOSAIC_DETECTOR = "NRCALONG"
_OF_MOSAICS = ("tiles", "dithers", "size", "product", "settings")
_OF_BOTH = ("folder", "detector", "seed", "start", "references", "mosaic")


@click.command(short_help="Simulate exposures of known truth.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--detector", help=f"Value of DETECTOR; default: {_RAMP_DETECTOR}, {_MOSAIC_DETECTOR} of a mosaic."
)
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
@click.option("--mosaic", is_flag=True, help="Instead of ramps, a mosaic of calibrated images of the sky.")
@click.option(
    "--tiles",
    type=(click.IntRange(min=1), click.IntRange(min=1)),
    default=(4, 2),
    metavar="COLUMNS ROWS",
    help="Tiles of a mosaic; default: 4 2.",
)
@click.option(
    "--dithers", type=click.IntRange(min=1), default=1, show_default=True, help="Exposures of each tile."
)
@click.option(
    "--size", type=click.IntRange(min=16), default=1024, show_default=True, help="Pixels along an edge."
)
@click.option(
    "--product",
    type=click.Choice(["cal", "rate"]),
    default="cal",
    show_default=True,
    help="Calibrated images, or the slopes before.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a number of a mosaic, such as level=0.1; may be repeated.",
)
def simulate(folder: Path, mosaic: bool, start: datetime, **options: Any) -> None:
    """Simulate raw exposures of one detector, or a mosaic, in FOLDER, with their truth."""
    _refuse_mixtures(mosaic)
    of_mosaic = {name: options.pop(name) for name in _OF_MOSAICS}
    begin, detector = start.replace(tzinfo=UTC), options.pop("detector")
    if mosaic:
        chips = tuple(name.strip() for name in (detector or _MOSAIC_DETECTOR).upper().split(","))
        shared = {name: options[name] for name in ("seed", "references")}
        wish = MosaicWish(detectors=chips, start=begin, **shared, **of_mosaic)
        for line in make_mosaic(wish, folder):
            click.echo(line)
        return
    _simulate_ramps(folder, start=begin, detector=detector or _RAMP_DETECTOR, **options)


def _refuse_mixtures(mosaic: bool) -> None:
    """Refuse options of ramps for a mosaic, and the other way round."""
    context = click.get_current_context()
    for param in context.command.params:
        name = param.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in _OF_BOTH and (name in _OF_MOSAICS) is not mosaic:
            told = "does not go with --mosaic" if mosaic else "goes with --mosaic only"
            raise click.UsageError(f"{param.opts[0]} {told}")


def _simulate_ramps(folder: Path, *, effects: tuple[str, ...], **options: Any) -> None:
    from mkrefs.testing import SimulationSpec, simulate_set

    result = simulate_set(SimulationSpec(effects=effects or None, **options), folder)
    for path in (*result.darks, *result.flats):
        click.echo(str(path))
    click.echo(f"truth: {result.truth_file}")
    for reftype, path in result.references.items():
        click.echo(f"reference {reftype}: {path}")

"""What ``mkrefs simulate --mosaic`` does: a mosaic of calibrated images, with its truth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class MosaicWish:
    """What was asked for on the command line.

    Attributes
    ----------
    detectors : tuple of str
        Values of DETECTOR of the chips that expose together.
    tiles : (int, int)
        Columns and rows.
    dithers, size : int
        Exposures of each tile, and pixels along an edge of each image.
    product : str
        ``cal`` or ``rate``.
    settings : tuple of str
        ``NAME=VALUE``, the name being that of a field of `MosaicSpec` that is a number.
    start : datetime
        Start of the first exposure, UTC.
    seed : int
        The same seed gives the same pixels.
    references : bool
        Whether to write the reference files of calwebb_image2 too.
    """

    detectors: tuple[str, ...]
    tiles: tuple[int, int]
    dithers: int
    size: int
    product: Literal["cal", "rate"]
    settings: tuple[str, ...]
    start: datetime
    seed: int
    references: bool


def make_mosaic(wish: MosaicWish, folder: Path) -> Iterator[str]:
    """Make the files, and give the lines to print.

    Raises
    ------
    UserError
        If a setting is not known, or the mosaic cannot be simulated or written.
    """
    from mkrefs.testing import MosaicSpec, make_image_references, simulate_mosaic, write_mosaic
    from mkrefs.testing.mosaic import flat_name
    from mkrefs.testing.mosaic_files import TRUTH_FILE

    spec = MosaicSpec(
        tiles=wish.tiles,
        dithers=wish.dithers,
        shape=(wish.size, wish.size),
        detectors=wish.detectors,
        start=wish.start,
        seed=wish.seed,
        **_numbers(wish.settings, _defaults(MosaicSpec)),
    )
    mosaic = simulate_mosaic(spec)
    yield from map(str, write_mosaic(mosaic, folder, wish.product))
    yield f"truth: {folder / TRUTH_FILE}"
    if wish.references:
        for path in make_image_references(mosaic, folder / "references"):
            yield f"reference {path.name.partition('_')[0]}: {path}"
        return
    for detector in spec.detectors:
        yield f"reference flat: {folder / flat_name(detector)}"


def _defaults(spec: type) -> dict[str, float]:
    return {item.name: item.default for item in fields(spec) if isinstance(item.default, float)}


def _numbers(texts: tuple[str, ...], known: Mapping[str, float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise UserError(f"--set {text} has no number; write {name}=VALUE") from None
        if name not in known:
            raise UserError(f"--set {name} is not known; choose one of {', '.join(known)}")
    return found

"""Destriping at full size: what is left of known stripes, levels and flux, and what it costs, files read.

Run as ``python -m benchmarks.imaging_destripe [SIZE]``; SIZE is 1024 by default. It prints a table, with the
seconds of the processor. Compiling the first time takes some seconds more.
"""

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from mkrefs.api import CalibratedImage
from mkrefs.images.fits_image import FitsImage
from mkrefs.testing import ArrayImage, Mosaic, MosaicSpec, simulate_mosaic, write_mosaic
from mkrefs_imaging.level_match.correction import LevelMatchCorrection
from mkrefs_imaging.multi_tile_destripe.correction import MultiTileDestripeCorrection

_SEEDS = (1, 2)
# The source is where it is brighter than this.
_SOURCE = 0.25


@dataclass(frozen=True)
class Trial:
    """One line of the table."""

    title: str
    mosaic: Mapping[str, Any]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came out of one run, rms in MJy/sr; ``flux`` in per cent."""

    before: float
    left: float
    expected: float
    level_before: float
    level: float
    flux: float
    seconds: float


_DITHERED = {"tiles": (2, 1), "dithers": 4}
_WHITE = {**_DITHERED, "stripes_exponent": 0.0}
_TRIALS = (
    Trial("2 tiles x 4 dithers, 1/f", _DITHERED, {}),
    Trial("  the same, median", _DITHERED, {"weight_method": "median"}),
    Trial("  the same, sigma_clip", _DITHERED, {"weight_method": "sigma_clip"}),
    Trial("  the same, without do_large_scale", _DITHERED, {"do_large_scale": False}),
    Trial("  whole rows", {**_DITHERED, "stripes_common": 1.0}, {}),
    Trial("  amplifiers", {**_DITHERED, "stripes_common": 0.0}, {}),
    Trial("  dithers of 40 pixels", {**_DITHERED, "dither_size": 40.0}, {}),
    Trial("  rotated by 5 degrees rms", {**_DITHERED, "rotation_scatter": 5.0}, {}),
    Trial("2 tiles x 4 dithers, white rows", _WHITE, {}),
    Trial("  whole rows", {**_WHITE, "stripes_common": 1.0}, {}),
    Trial("  amplifiers", {**_WHITE, "stripes_common": 0.0}, {}),
    Trial("1 tile x 8 dithers, 1/f", {"tiles": (1, 1), "dithers": 8}, {}),
    Trial("4 tiles x 2 dithers, 1/f", {"tiles": (2, 2), "dithers": 2}, {}),
    Trial("8 tiles, 1/f", {"tiles": (4, 2)}, {}),
)


def main() -> None:
    """Print what is left of the truth."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    print(
        f"8 images of {size} x {size}, noise 0.05, levels 0.075, stripes 0.034 rms; after level_match; "
        f"rms over {len(_SEEDS)} mosaics"
    )
    heads = ("before", "left", "expected", "level", "after", "flux %", "seconds")
    print(f"{'':36}" + "".join(f"{head:>9}" for head in heads))
    for trial in _TRIALS:
        found = []
        for seed in _SEEDS:
            spec = replace(MosaicSpec(shape=(size, size), seed=seed), **trial.mosaic)
            found.append(_run(simulate_mosaic(spec), trial.parameters))
        names = ("before", "left", "expected", "level_before", "level", "flux")
        rms = [float(np.sqrt(np.mean([getattr(one, name) ** 2 for one in found]))) for name in names]
        seconds = float(np.median([one.seconds for one in found]))
        cells = [*(f"{value:9.5f}" for value in rms[:5]), f"{rms[5]:9.3f}", f"{seconds:9.2f}"]
        print(f"{trial.title:36}{''.join(cells)}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory, the simulator's included: {most:.0f} MB")


def _run(mosaic: Mosaic, parameters: Mapping[str, Any]) -> Outcome:
    """Match the levels of a mosaic in memory, then destripe it from files."""
    levels, stripes = LevelMatchCorrection(), MultiTileDestripeCorrection()
    with TemporaryDirectory() as folder:
        made = levels.correct(mosaic.images, levels.Parameters(), Path(folder))
        matched = {
            role: image.with_arrays(data=made.images[role].arrays["data"])
            for role, image in mosaic.images.items()
        }
        paths = write_mosaic(replace(mosaic, images=matched), Path(folder))
        start = time.process_time()
        images = {role: FitsImage(path) for role, path in zip(matched, paths, strict=True)}
        found = stripes.correct(images, stripes.Parameters(**parameters), Path(folder))
        seconds = time.process_time() - start
    after = {role: found.images[role].arrays["data"] for role in matched}
    results = [image.results for image in found.images.values()]
    before, left = _stripes_left(mosaic, matched, after)
    return Outcome(
        before,
        left,
        _expected(results),
        _level_left(mosaic, {role: image.array("data") for role, image in matched.items()}),
        _level_left(mosaic, after),
        _flux_change(mosaic, matched, after),
        seconds,
    )


def _expected(results: list[Mapping[str, Any]]) -> float:
    """Give the rms error that the correction expects of all rows."""
    squares = rows = 0.0
    for one in results:
        lacking = one["rows without data to compare"]
        squares += (one["rows"] - lacking) * one["expected error of rows compared (MJy/sr)"] ** 2
        if lacking:
            squares += lacking * one["expected error of other rows (MJy/sr)"] ** 2
        rows += one["rows"]
    return float(np.sqrt(squares / rows))


def _usable(mosaic: Mosaic, role: str) -> np.ndarray:
    truth = mosaic.truth[role]
    return ~truth.bad_pixels & ~truth.cosmic_rays


def _stripes_left(
    mosaic: Mosaic, matched: Mapping[str, ArrayImage], after: Mapping[str, np.ndarray]
) -> tuple[float, float]:
    """Give the rms of the stripes before and after, the mean of each image aside."""
    before, left = [], []
    for role, image in matched.items():
        good, stripes = _usable(mosaic, role), mosaic.truth[role].stripes
        taken = image.array("data").astype(np.float64) - after[role]
        before.append(np.var(stripes[good]))
        left.append(np.var((taken - stripes)[good]))
    return float(np.sqrt(np.mean(before))), float(np.sqrt(np.mean(left)))


def _level_left(mosaic: Mosaic, data: Mapping[str, np.ndarray]) -> float:
    """Give the rms of the levels of the images, noise and scene taken off."""
    levels = []
    for role, image in data.items():
        truth, good = mosaic.truth[role], _usable(mosaic, role)
        levels.append(np.mean((image - truth.scene - truth.stripes)[good]))
    return float(np.std(levels))


def _flux_change(
    mosaic: Mosaic, matched: Mapping[str, CalibratedImage], after: Mapping[str, np.ndarray]
) -> float:
    """Give by how many per cent the flux of the extended source is changed beyond its stripes."""
    change = total = 0.0
    for role, image in matched.items():
        truth = mosaic.truth[role]
        source = _usable(mosaic, role) & (truth.extended > _SOURCE)
        taken = image.array("data").astype(np.float64) - after[role]
        change += float((taken - truth.stripes)[source].sum())
        total += float(truth.extended[source].sum(dtype=np.float64))
    return 100 * abs(change) / total if total else 0.0


if __name__ == "__main__":
    main()

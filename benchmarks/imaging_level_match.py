"""Level match at full size: what is left of known levels and planes, and what it costs, files read.

Run as ``python -m benchmarks.imaging_level_match [SIZE]``; SIZE is 1024 by default. It prints a table, with
the seconds of the processor. Compiling the first time takes some seconds more.
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

from mkrefs.images.fits_image import FitsImage
from mkrefs.testing import Mosaic, MosaicSpec, simulate_mosaic, write_mosaic
from mkrefs_imaging.level_match.correction import LevelMatchCorrection
from mkrefs_imaging.level_match.parameters import LevelMatchParameters

_PLANES = {"fit_type_dithers": "level+slope", "fit_type_mosaic_tiles": "level+slope"}
_ROWS = {"stripes": 0.034, "stripes_common": 0.0, "stripes_exponent": 0.0}
_ALONE = {"correlated_noise": False, "joint_stripes": False}
_DITHERED = {"tiles": (2, 2), "dithers": 2}
_SEEDS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Trial:
    """One line of the table."""

    title: str
    mosaic: Mapping[str, Any]
    parameters: Mapping[str, Any]


_TRIALS = (
    Trial("levels", {"stripes": 0.0}, {}),
    Trial("levels, rotated by 90 degrees rms", {"stripes": 0.0, "rotation_scatter": 90.0}, {}),
    Trial("levels, 4 tiles x 2 dithers", {"stripes": 0.0, "tiles": (2, 2), "dithers": 2}, {}),
    Trial("planes", {"stripes": 0.0, "slope": 0.05}, _PLANES),
    Trial(
        "planes, rotated by 90 degrees rms",
        {"stripes": 0.0, "slope": 0.05, "rotation_scatter": 90.0},
        _PLANES,
    ),
    Trial("levels, stripes of independent rows", _ROWS, {}),
    Trial("  the same, stripes left in the differences", _ROWS, {"joint_stripes": False}),
    Trial("  the same, weight_method alone: equal", _ROWS, _ALONE),
    Trial("  the same, weight_method alone: npix", _ROWS, {**_ALONE, "weight_method": "npix"}),
    Trial("levels, 1/f stripes", {}, {}),
    Trial("  the same, stripes left in the differences", {}, {"joint_stripes": False}),
    Trial("levels, 1/f stripes, 4 tiles x 2 dithers", _DITHERED, {}),
    Trial("  the same, stripes left in the differences", _DITHERED, {"joint_stripes": False}),
)


def main() -> None:
    """Print what is left of the truth."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    print(
        f"8 images of {size} x {size}, noise 0.05, levels 0.075 rms, planes 0.05 at the edge; "
        f"rms over {len(_SEEDS)} mosaics"
    )
    print(f"{'':46}{'left':>9}{'% noise':>9}{'seconds':>9}{'reading':>9}")
    for trial in _TRIALS:
        squares, seconds, reading = [], [], []
        for seed in _SEEDS:
            spec = replace(MosaicSpec(shape=(size, size), seed=seed), **trial.mosaic)
            left, took, read = _run(simulate_mosaic(spec), trial.parameters)
            squares.append(left**2)
            seconds.append(took)
            reading.append(read)
        left = float(np.sqrt(np.mean(squares)))
        times = f"{np.median(seconds):9.2f}{np.median(reading):9.2f}"
        print(f"{trial.title:46}{left:9.5f}{100 * left / 0.05:9.2f}{times}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory, the simulator's included: {most:.0f} MB")


def _run(mosaic: Mosaic, parameters: Mapping[str, Any]) -> tuple[float, float, float]:
    """Write a mosaic, match it from its files; give what is left, and seconds in all and for reading."""
    with TemporaryDirectory() as folder:
        paths = write_mosaic(mosaic, Path(folder))
        start = time.process_time()
        images = {role: FitsImage(path) for role, path in zip(mosaic.images, paths, strict=True)}
        for image in images.values():
            _ = image.array("data"), image.array("dq"), image.sky
        read = time.process_time()
        found = LevelMatchCorrection().correct(images, LevelMatchParameters(**parameters), Path(folder))
        done = time.process_time()
        left = _left(mosaic, {role: image.arrays.get("data") for role, image in found.images.items()})
    return left, done - start, read - start


def _left(mosaic: Mosaic, corrected: Mapping[str, Any]) -> float:
    """Give the rms over all pixels of what was taken off wrongly, less the common level or plane."""
    values, planes = [], []
    for role, image in mosaic.images.items():
        before = image.array("data")[::16, ::16].astype(np.float64)
        after = corrected[role][::16, ::16] if corrected[role] is not None else before
        rows, columns = np.indices(image.shape)[:, ::16, ::16]
        ra, dec = mosaic.truth[role].sky.to_sky(columns, rows)
        off = before - after - mosaic.truth[role].background[::16, ::16]
        good = np.isfinite(off)
        values.append(off[good])
        planes.append(
            np.stack(
                [np.ones(good.sum()), ra[good] - mosaic.spec.centre[0], dec[good] - mosaic.spec.centre[1]]
            )
        )
    design = np.concatenate(planes, axis=1).T
    if not mosaic.spec.slope:
        design = design[:, :1]
    everything = np.concatenate(values)
    return float(np.std(everything - design @ np.linalg.lstsq(design, everything, rcond=None)[0]))


if __name__ == "__main__":
    main()

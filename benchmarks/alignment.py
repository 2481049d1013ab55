"""How well frames of a star behind a coronagraph are aligned and recentred, on simulations of known shifts.

Run it with ``python benchmarks/alignment.py [SEEDS]``; it prints differences from the truth in pixels.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.api import CorrectedImages
from mkrefs.testing import CoronagraphSpec, simulate_coronagraph
from mkrefs.testing.coronagraph import Coronagraph
from mkrefs.testing.coronagraph_psf import star_behind_mask
from mkrefs_imaging.align_frames.correction import AlignFramesCorrection
from mkrefs_imaging.align_frames.parameters import AlignParameters
from mkrefs_imaging.recenter_frames.correction import RecenterFramesCorrection
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters

SHAPE = (128, 128)
CASES: Mapping[str, Mapping[str, Any]] = {
    "noise 0.1": {"noise": 0.1},
    "noise 0.2, blemishes": {"noise": 0.2, "bad_pixels": 0.03, "cosmic_rays": 0.002},
    "noise 0.5": {"noise": 0.5},
    "noise 1": {"noise": 1.0},
    "noise 2": {"noise": 2.0},
    "noise 0.5, no mask": {"noise": 0.5, "mask_depth": 0.0},
    "noise 0.5, speckles": {"noise": 0.5, "speckle_change": 0.1},
}


def places(observed: Coronagraph, corrected: CorrectedImages) -> NDArray[np.float64]:
    """Give where the stars are after their shifts."""
    rows = corrected.results["frames"]
    stars = [star for role in corrected.images for star in observed.truth[role].star]
    shifts = np.array([(row["shift_x"], row["shift_y"]) for row in rows])
    return np.asarray(np.array(stars) + shifts)


def limit(observed: Coronagraph) -> float:
    """Give the smallest standard error that noise allows for the offset of two frames, along an axis."""
    truth = observed.truth["I1"]
    slopes = np.gradient(truth.clean[0].astype(np.float64))
    return float(np.sqrt(2) * truth.sigma / np.sqrt(np.mean([np.sum(slope**2) for slope in slopes])))


def row(name: str, off: NDArray[np.float64], bound: float, seconds: float) -> None:
    """Print a line of the table."""
    rms, most = float(np.sqrt(np.mean(off**2))), float(np.abs(off).max())
    print(f"{name:42s} {rms:8.4f} {most:8.4f} {bound:8.4f} {seconds:8.2f}")


def main(seeds: int) -> None:
    """Print the table."""
    print(f"{'':42s} {'rms':>8s} {'largest':>8s} {'limit':>8s} {'s/frame':>8s}")
    for case, spec in CASES.items():
        cubes = [
            simulate_coronagraph(CoronagraphSpec(shape=SHAPE, seed=seed, **spec)) for seed in range(seeds)
        ]
        bound = float(np.mean([limit(cube) for cube in cubes]))
        start, off = time.perf_counter(), []
        for cube in cubes:
            made = AlignFramesCorrection().correct(cube.images, AlignParameters(), Path())
            off.append(places(cube, made)[1:] - cube.truth["I1"].star[0])
        seconds = (time.perf_counter() - start) / sum(len(one) for one in off)
        row(f"{case}, aligned", np.concatenate(off), bound, seconds)
        recentred(case, cubes, bound)


def recentred(case: str, cubes: list[Coronagraph], bound: float) -> None:
    """Print the lines of the first frame and of all after recentring."""
    start, first, off = time.perf_counter(), [], []
    with tempfile.TemporaryDirectory() as folder:
        for cube in cubes:
            model = star_behind_mask(cube.spec, (32, 32), (32, 32), shape=(65, 65))
            path = Path(folder) / "model.fits"
            fits.writeto(path, model, overwrite=True)
            made = RecenterFramesCorrection().correct(
                cube.images, RecenterParameters(psf_file=str(path)), Path()
            )
            first.append(np.array(made.results["stars"][0]["star"]) - cube.truth["I1"].star[0])
            off.append(places(cube, made) - (np.array(SHAPE[::-1]) - 1) / 2)
    seconds = (time.perf_counter() - start) / sum(len(one) for one in off)
    row(f"{case}, star by the model", np.array(first), bound / np.sqrt(2), seconds)
    row(f"{case}, recentred", np.concatenate(off), bound, seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)

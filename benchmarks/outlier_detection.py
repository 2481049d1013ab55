"""Outlier detection at full size, to be run by hand: ``python -m benchmarks.outlier_detection [SIZE]``.

Eight images with cosmic rays. Prints, for the step of jwst alone and for the correction with both ways of
memory, seconds and peak memory, whether the pixels are the same (by a digest), and what the guard says.
"""

import hashlib
import json
import logging
import subprocess
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import MosaicSpec, simulate_mosaic, write_mosaic
from mkrefs_imaging.outlier_detection.correction import OutlierDetectionCorrection
from mkrefs_imaging.outlier_detection.jwst_step import ARRAYS

_SIZE = 1024
_SPEC = {"tiles": (2, 1), "dithers": 4, "stripes": 0.0, "level": 0.0, "cosmic_rays": 0.003, "psf_fwhm": 2.0}
_WAYS = ("alone", "in memory", "on disk", "scale 0.1 0.05")


def main(size: int) -> None:
    """Run each way in a process of its own and print what it took."""
    with TemporaryDirectory() as folder:
        mosaic = simulate_mosaic(MosaicSpec(shape=(size, size), **_SPEC))
        write_mosaic(mosaic, Path(folder))
        hits = sum(int(truth.cosmic_rays.sum()) for truth in mosaic.truth.values())
        print(f"{len(mosaic.images)} images of {size} x {size}, {hits} pixels hit")
        print(f"{'way':16}{'seconds':>9}{'peak MB':>9}{'outliers':>10}  pixels        guard")
        for way in _WAYS:
            command = [sys.executable, "-m", "benchmarks.outlier_detection", folder, way]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{way:16}{found['seconds']:9.1f}{found['memory']:9.0f}{found['outliers']:10d}  "
                f"{found['digest'][:12]}  {found['guard']}",
                flush=True,
            )


def run(folder: Path, way: str) -> None:
    """Run one way and print what came out as JSON."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    files = sorted(folder.glob("*_cal.fits"))
    start = time.perf_counter()
    arrays, guard = _alone(files) if way == "alone" else _corrected(files, way)
    digest = hashlib.blake2b(digest_size=16)
    outliers = 0
    for image in arrays:
        outliers += int(np.count_nonzero(image["dq"] & PIXEL_DQ["OUTLIER"]))
        for name in ARRAYS:
            digest.update(np.ascontiguousarray(image[name]).tobytes())
    peak = _peak_memory()
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "seconds": seconds,
                "memory": peak,
                "outliers": outliers,
                "digest": digest.hexdigest(),
                "guard": guard,
            }
        )
    )


def _alone(files: list[Path]) -> tuple[list[dict[str, np.ndarray]], str]:
    from jwst.outlier_detection import OutlierDetectionStep

    library = OutlierDetectionStep().run([str(path) for path in files])
    found = []
    with library:
        for number, model in enumerate(library):
            found.append({name: _native(getattr(model, name)) for name in ARRAYS})
            library.shelve(model, number, modify=False)
    return found, "-"


def _corrected(files: list[Path], way: str) -> tuple[list[dict[str, np.ndarray]], str]:
    from mkrefs.images.fits_image import FitsImage

    images = {f"I{number}": FitsImage(path) for number, path in enumerate(files, start=1)}
    options = {"on disk": {"in_memory": False}, "scale 0.1 0.05": {"scale": "0.1 0.05"}}.get(way, {})
    with TemporaryDirectory() as work:
        found = OutlierDetectionCorrection().correct(
            images, OutlierDetectionCorrection.Parameters(**options), Path(work)
        )
    arrays = [
        {name: _native(found.images[role].arrays.get(name, images[role].array(name))) for name in ARRAYS}
        for role in images
    ]
    guard = found.results["guard"]
    text = f"{guard['bright_sources']} sources, {guard['mean_core_fraction']:.2%} of cores flagged, "
    return arrays, text + f"{len(found.warnings)} warnings"


def _peak_memory() -> float:
    """Give the largest resident size of this process in MB; getrusage would give its parent's too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _native(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype(array.dtype.newbyteorder("="))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run(Path(sys.argv[1]), sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else _SIZE)

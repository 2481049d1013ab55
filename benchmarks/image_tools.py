"""The image tools at full size, to be run by hand: ``python -m benchmarks.image_tools``.

Three cubes of 20 integrations of 320 x 320 pixels with bad pixels and cosmic rays. Prints for each method,
and for the other tools, the seconds of all three together (the second run, when all is compiled), and how
far repaired pixels are from the truth, in units of the noise (rms), where the scene is smooth and where not.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mkrefs.api import PIXEL_DQ, CorrectedImages
from mkrefs.testing import Coronagraph, CoronagraphSpec, simulate_coronagraph
from mkrefs_imaging.fix_bad_pixels.correction import FixBadPixelsCorrection
from mkrefs_imaging.replace_nans.correction import ReplaceNansCorrection
from mkrefs_imaging.subtract_background.correction import SubtractBackgroundCorrection
from mkrefs_imaging.subtract_median.correction import SubtractMedianCorrection

_SPEC = {
    "integrations": 20,
    "rolls": 2,
    "references": 1,
    "bad_pixels": 0.004,
    "cosmic_rays": 0.002,
    "jitter": 0.0,
}
_METHODS = (
    "localmed",
    "medfilt",
    "interp2d",
    "timemed",
    "timemed+localmed+medfilt",
    "sigclip+localmed",
    "gradient+localmed",
    "timeints+timemed+interp2d",
)


def main() -> None:
    """Run each tool twice and print what the second run took."""
    observed = simulate_coronagraph(CoronagraphSpec(**_SPEC))
    print("3 cubes of 20 x 320 x 320")
    print(f"{'method':34}{'seconds':>9}{'repaired':>10}{'smooth rms':>12}{'steep rms':>11}{'left bad':>10}")
    for method in _METHODS:
        seconds, made = _timed(FixBadPixelsCorrection, observed, method=method)
        print(f"{method:34}{seconds:9.3f}{_quality(made, observed)}", flush=True)
    for method in ("border", "sigma_clipped", "robust", "simple"):
        seconds, _ = _timed(SubtractMedianCorrection, observed, method=method)
        print(f"{f'subtract_median {method}':34}{seconds:9.3f}", flush=True)
    print(f"{'replace_nans':34}{_timed(ReplaceNansCorrection, observed)[0]:9.3f}")
    with_background = simulate_coronagraph(CoronagraphSpec(**_SPEC, backgrounds=1))
    seconds, _ = _timed(SubtractBackgroundCorrection, with_background)
    print(f"{'subtract_background (2 more cubes)':34}{seconds:9.3f}")


def _timed(
    correction: Callable[[], object], observed: Coronagraph, **parameters: object
) -> tuple[float, CorrectedImages]:
    for _ in range(2):
        with TemporaryDirectory() as folder:
            start = time.perf_counter()
            made = correction().correct(observed.images, correction.Parameters(**parameters), Path(folder))
            seconds = time.perf_counter() - start
    return seconds, made


def _quality(made: CorrectedImages, observed: Coronagraph) -> str:
    smooth, steep, left = [], [], 0
    for role, image in made.images.items():
        truth = observed.truth[role]
        repaired = (image.arrays["dq"] & PIXEL_DQ["FLUX_ESTIMATED"]) != 0
        off = (image.arrays["data"] - truth.clean) / truth.sigma
        slope = np.hypot(*np.gradient(truth.clean.mean(axis=0))) > truth.sigma
        smooth.append(off[repaired & ~slope])
        steep.append(off[repaired & slope])
        left += image.results["left bad"]
    rms = [np.linalg.norm(each) / max(each.size, 1) ** 0.5 for each in map(np.concatenate, (smooth, steep))]
    count = sum(map(len, (*smooth, *steep)))
    return f"{count:10d}{rms[0]:12.2f}{rms[1]:11.2f}{left:10d}"


if __name__ == "__main__":
    main()

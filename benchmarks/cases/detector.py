"""Reference files from six darks of ten groups: read noise, superbias, dark."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.case import Answers, Arguments, Case, Task, Verdict
from benchmarks.cases.truth import nearer, rms
from benchmarks.data.darks import Darks
from benchmarks.setting import Setting
from mkrefs.testing import DetectorTruth
from mkrefs.testing.ramps import read_times

_SIZES = {"small": Darks("SUB160"), "medium": Darks("FULL", ngroups=4)}

# Medians of noise over truth this near to 1 are as good as any; beyond the other they are wrong.
_EQUAL, _WRONG = 0.01, 0.1
_FULL = 2048 * 2048

Error = Callable[[Darks, NDArray[np.float32]], float]


def darks_of(setting: Setting) -> Darks:
    """Give the darks of a size."""
    return _SIZES.get(setting.size, Darks())


def prepare(setting: Setting) -> Arguments:
    """Make the darks; both sides are told where they are, and the peer to read them at once."""
    darks = darks_of(setting)
    groups = darks.files * darks.ngroups * (_FULL // darks.truth.active.size)
    return {"ramps": darks.files_in(setting.inputs), "equivalent_groups": groups}


def _bias_error(darks: Darks, found: NDArray[np.float32]) -> float:
    """Give the error in DN of the level of the first groups; the bias itself is off."""
    good, truth = darks.truth.normal, darks.truth
    return rms(found[good] - truth.dark_current[good] * _times(darks)[0])


def _dark_error(darks: Darks, found: NDArray[np.float32]) -> float:
    """Give the error in DN of what is gathered between the first group and the last."""
    good, truth, times = darks.truth.normal, darks.truth, _times(darks)
    return rms((found[-1] - found[0])[good] - truth.dark_current[good] * (times[-1] - times[0]))


def _times(darks: Darks) -> NDArray[np.float64]:
    return np.asarray(read_times(darks.truth, darks.exposure(1)).mean(axis=1))


def compare_noise(truth: DetectorTruth, answers: Answers) -> Verdict:
    """Compare the median of noise over truth; with so few differences any one pixel is uncertain."""
    medians, scatters = [], []
    for folder in filter(None, (answers.ours, answers.peer)):
        ratio = (_science(folder) / truth.cds_noise)[truth.normal]
        low, middle, high = np.nanpercentile(ratio, (15.87, 50, 84.13))
        medians.append(float(middle))
        scatters.append(float(high - low) / 2)
    sides = zip(("ours", "peer"), medians, scatters, strict=False)
    text = ", ".join(f"{side} {middle:.3f} +- {scatter:.3f}" for side, middle, scatter in sides)
    off = [abs(middle - 1) for middle in medians]
    return Verdict(f"noise / truth: {text}", off[0] < _WRONG and off[0] <= max(off[-1], _EQUAL))


def _judge_noise(setting: Setting, answers: Answers) -> Verdict:
    return compare_noise(darks_of(setting).truth, answers)


def _judge(error: Error, unit: str, most: float) -> Callable[[Setting, Answers], Verdict]:
    def judge(setting: Setting, answers: Answers) -> Verdict:
        darks = darks_of(setting)
        folders = {"ours": answers.ours, "peer": answers.peer}
        errors = {side: error(darks, _science(folder)) for side, folder in folders.items() if folder}
        return nearer(errors, unit, most)

    return judge


def _science(folder: Path) -> NDArray[np.float32]:
    return np.asarray(fits.getdata(folder / "answer.fits", "SCI"), dtype=np.float32)


def _peer(do: str, **given: object) -> Task:
    return Task(do, given, script="reffiles.py", environment="reffiles")


def _readnoise(method: str, *, parallel: bool = False) -> Case:
    """Give a case; the peer uses one process unless it is told otherwise."""
    how = " with a process for each core" if parallel else ""
    return Case(
        name=f"readnoise-{method}{'-parallel' if parallel else ''}",
        title=f"read noise of 6 darks x 10 groups, method {method}; jwst_reffiles{how}",
        prepare=prepare,
        ours=Task("create", {"label": "readnoise", "parameters": {"method": method}}),
        peer=_peer("readnoise", method=method, parallel=parallel),
        judge=_judge_noise,
        ratio=15,
    )


DETECTOR = (
    _readnoise("stack"),
    _readnoise("stack", parallel=True),
    _readnoise("ramp"),
    _readnoise("ramp", parallel=True),
    Case(
        name="superbias",
        title="superbias of 6 darks; jwst_reffiles",
        prepare=prepare,
        ours=Task("create", {"label": "superbias"}),
        peer=_peer("superbias"),
        judge=_judge(_bias_error, "DN", most=20.0),
        ratio=10,
    ),
    Case(
        name="dark",
        title="dark of 6 darks x 10 groups with flags of hits; jwst_reffiles",
        prepare=prepare,
        ours=Task("create", {"label": "dark"}),
        peer=_peer("dark"),
        judge=_judge(_dark_error, "DN", most=20.0),
        ratio=20,
        memory=10,
    ),
)

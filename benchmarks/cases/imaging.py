"""Corrections of calibrated images: levels, stripes, outliers, bad pixels."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.case import Answers, Arguments, Case, Task, Verdict
from benchmarks.cases.truth import nearer, rms
from benchmarks.data.coronagraphs import CLEAN, cubes
from benchmarks.data.mosaics import MosaicData
from benchmarks.setting import Setting
from mkrefs.api import PIXEL_DQ

_SMALL = 128
_FEW_TILES = {"levels": (2, 1), "stripes": (1, 1), "hits": (1, 1)}
_LEVELS: Mapping[str, Any] = {"tiles": (4, 2)}
_STRIPES: Mapping[str, Any] = {"tiles": (2, 1), "dithers": 4, "level": 0.0}
_HITS: Mapping[str, Any] = {
    "tiles": (2, 1), "dithers": 4, "stripes": 0.0, "level": 0.0, "cosmic_rays": 0.003, "psf_fwhm": 2.0,
}  # fmt: skip
# Errors in MJy/sr beyond which ours are wrong; noise is 0.05, levels 0.075, stripes 0.034 rms.
_LEVEL_WRONG, _STRIPES_WRONG = 0.02, 0.034
# Repaired pixels are within so many times the noise of the truth, most of it by the scene.
_REPAIR_WRONG = 50.0

Left = Callable[[MosaicData, Path, str, NDArray[np.float64]], NDArray[np.float64]]


def _mosaic(name: str, options: Mapping[str, Any], size: int, setting: Setting) -> MosaicData:
    if setting.size == "small":
        return MosaicData(name, _SMALL, {**options, "tiles": _FEW_TILES[name]})
    return MosaicData(name, size, options)


def _prepare(name: str, options: Mapping[str, Any], size: int) -> Callable[[Setting], Arguments]:
    def prepare(setting: Setting) -> Arguments:
        return {"images": _mosaic(name, options, size, setting).files_in(setting.inputs)}

    return prepare


def _judge(name: str, options: Mapping[str, Any], size: int, left: Left, most: float) -> Any:
    """Compare what is left with what was taken off: the truth of the simulator."""

    def judge(setting: Setting, answers: Answers) -> Verdict:
        data = _mosaic(name, options, size, setting)
        folders = {"ours": answers.ours, "peer": answers.peer}
        errors = {}
        for side, folder in folders.items():
            if folder is not None:
                parts = [
                    left(data, setting.inputs, Path(path).name, _taken_off(path, folder))
                    for path in answers.given["images"]
                ]
                everything = np.concatenate(parts)
                errors[side] = rms(everything - np.nanmean(everything))
        return nearer(errors, "MJy/sr", most)

    return judge


def _taken_off(path: str, folder: Path) -> NDArray[np.float64]:
    before = np.asarray(fits.getdata(path, "SCI"), np.float64)
    return before - np.asarray(fits.getdata(folder / Path(path).name, "SCI"), np.float64)


def _levels_left(data: MosaicData, inputs: Path, name: str, off: NDArray[np.float64]) -> NDArray[np.float64]:
    return (off - data.truth(inputs, name, "background"))[_usable(data, inputs, name)]


def _stripes_left(data: MosaicData, inputs: Path, name: str, off: NDArray[np.float64]) -> NDArray[np.float64]:
    left = (off - data.truth(inputs, name, "stripes"))[_usable(data, inputs, name)]
    return np.asarray(left - np.nanmean(left))


def _usable(data: MosaicData, inputs: Path, name: str) -> NDArray[np.bool_]:
    return ~np.asarray(data.truth(inputs, name, "bad_pixels"), np.bool_)


def _judge_outliers(setting: Setting, answers: Answers) -> Verdict:
    """Compare the flags with those of the step on its own."""
    ours = [_outliers(answers.ours / Path(path).name) for path in answers.given["images"]]
    count = sum(int(flags.sum()) for flags in ours)
    if answers.peer is None:
        return Verdict(f"{count} outliers", count > 0)
    peer = [_outliers(answers.peer / Path(path).name) for path in answers.given["images"]]
    unlike = sum(int((one != other).sum()) for one, other in zip(ours, peer, strict=True))
    return Verdict(f"{count} outliers, {unlike} pixels unlike", unlike == 0)


def _outliers(path: Path) -> NDArray[np.bool_]:
    return np.asarray((fits.getdata(path, "DQ") & PIXEL_DQ["OUTLIER"]) != 0)


def _prepare_cubes(setting: Setting) -> Arguments:
    small = setting.size == "small"
    return {"images": cubes(setting.inputs, integrations=4 if small else 20, size=64 if small else 320)}


def _judge_repair(setting: Setting, answers: Answers) -> Verdict:
    """Compare repaired pixels with the truth."""
    paths = [Path(path) for path in answers.given["images"]]
    errors = {}
    with np.load(paths[0].parent / CLEAN) as clean:
        for side, folder in (("ours", answers.ours), ("peer", answers.peer)):
            if folder is not None:
                parts = [_off(path, folder / path.name, clean[path.name]) for path in paths]
                errors[side] = rms(np.concatenate(parts))
    return nearer(errors, "of the noise", _REPAIR_WRONG)


def _off(before: Path, after: Path, clean: NDArray[np.float32]) -> NDArray[np.float64]:
    bad = (fits.getdata(before, "DQ") & PIXEL_DQ["DO_NOT_USE"]) != 0
    return np.asarray((fits.getdata(after, "SCI") - clean)[bad], np.float64)


def _pjpipe(do: str) -> Task:
    return Task(do, script="pjpipe_steps.py", environment="pjpipe")


def _correct(label: str, **parameters: object) -> Task:
    return Task("correct", {"label": label, "parameters": parameters})


def _level_match(size: int) -> Case:
    return Case(
        name=f"level_match-{size}",
        title=f"levels of 8 tiles of {size} x {size}; pjpipe",
        prepare=_prepare("levels", _LEVELS, size),
        ours=_correct("level_match"),
        peer=_pjpipe("level_match"),
        judge=_judge("levels", _LEVELS, size, _levels_left, _LEVEL_WRONG),
        ratio=20,
    )


IMAGING = (
    _level_match(1024),
    _level_match(2048),
    Case(
        name="multi_tile_destripe",
        title="stripes of 2 tiles x 4 dithers of 1024 x 1024; pjpipe",
        prepare=_prepare("stripes", _STRIPES, 1024),
        ours=_correct("multi_tile_destripe"),
        peer=_pjpipe("multi_tile_destripe"),
        judge=_judge("stripes", _STRIPES, 1024, _stripes_left, _STRIPES_WRONG),
        ratio=15,
    ),
    Case(
        name="outlier_detection",
        title="outliers of 2 tiles x 4 dithers of 1024 x 1024; the step of jwst",
        prepare=_prepare("hits", _HITS, 1024),
        ours=_correct("outlier_detection"),
        peer=Task("outlier_detection", script="jwst_step.py", environment="reffiles"),
        judge=_judge_outliers,
        ratio=1.8,
    ),
    Case(
        name="fix_bad_pixels",
        title="local median for bad pixels of 3 cubes of 20 x 320 x 320; plain numpy",
        prepare=_prepare_cubes,
        ours=_correct("fix_bad_pixels", method="localmed"),
        peer=Task("local_median", script="local_median.py", environment="reffiles"),
        judge=_judge_repair,
        ratio=30,
    ),
)

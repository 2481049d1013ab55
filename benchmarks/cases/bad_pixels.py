"""Masks of bad pixels from flats and from darks of many groups."""

from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.case import Answers, Arguments, Case, Task, Verdict
from benchmarks.data.flats import Flats
from benchmarks.data.long_darks import LongDarks
from benchmarks.setting import Setting
from mkrefs.api import PIXEL_DQ
from mkrefs.testing import DetectorTruth

_DARKS = {"small": LongDarks("SUB160", ngroups=40), "medium": LongDarks(ngroups=20)}
_FLATS = {"small": Flats("SUB160")}
# Ours must find at least such a share of what is bad, and flag at most such a share of what is good.
_FOUND, _FALSE = 0.7, 0.02
# So many pixels must be alike where both use the same criteria.
_ALIKE = 0.99

BoolMap = NDArray[np.bool_]


def _darks_of(setting: Setting) -> LongDarks:
    return _DARKS.get(setting.size, LongDarks())


def _flats_of(setting: Setting) -> Flats:
    return _FLATS.get(setting.size, Flats())


def prepare_darks(setting: Setting) -> Arguments:
    """Make the darks; both sides are told of ramps and fits."""
    files = _darks_of(setting).files_in(setting.inputs)
    images = [
        {"rateints": rate, "fitopt": fit}
        for rate, fit in zip(files["rateints"], files["fitopt"], strict=True)
    ]
    return {"ramps": files["jump"], "images": images}


def _prepare_flats(setting: Setting) -> Arguments:
    files = _flats_of(setting).files_in(setting.inputs)
    return {"ramps": files["jump"], "images": [{"rateints": rate} for rate in files["rateints"]], "role": "F"}


def _judge_darks(setting: Setting, answers: Answers) -> Verdict:
    truth = _darks_of(setting).truth
    kinds = ("hot", "rc", "telegraph", "noisy")
    return _against_truth(truth, kinds, _not_to_be_used(answers.ours), _of_darks(answers.peer, truth))


def _judge_documented(setting: Setting, answers: Answers) -> Verdict:
    ours, peer = _not_to_be_used(answers.ours), _of_darks(answers.peer, _darks_of(setting).truth)
    if peer is None:
        return Verdict(f"{int(ours.sum())} pixels flagged", bool(0 < ours.mean() < _ALIKE))
    alike = float(np.mean(ours == peer))
    return Verdict(f"{alike:.3%} of the pixels alike ({int(peer.sum())} flagged by the peer)", alike > _ALIKE)


def _judge_flats(setting: Setting, answers: Answers) -> Verdict:
    truth = _flats_of(setting).truth
    flags = sum(PIXEL_DQ[name] for name in ("DEAD", "LOW_QE", "OPEN"))
    found = [_mask(folder, flags) if folder else None for folder in (answers.ours, answers.peer)]
    return _against_truth(truth, ("dead", "low_qe", "open"), found[0], found[1])


def _against_truth(
    truth: DetectorTruth, kinds: tuple[str, ...], ours: BoolMap | None, peer: BoolMap | None
) -> Verdict:
    """Say how many of the bad pixels are found, and how many of the normal ones are flagged."""
    bad = np.logical_or.reduce([truth.defects[kind] for kind in kinds])
    told, shares = [], []
    for side, flagged in (("ours", ours), ("peer", peer)):
        if flagged is not None:
            found, false = float(flagged[bad].mean()), float(flagged[truth.normal].mean())
            shares.append((found, false))
            told.append(f"{side} {found:.1%} and {false:.3%}")
    good = shares[0][0] > _FOUND and shares[0][1] < _FALSE
    return Verdict(f"of bad pixels found, of normal ones flagged: {'; '.join(told)}", good)


def _not_to_be_used(folder: Path) -> BoolMap:
    """Give which light-sensitive pixels are not to be used."""
    return _mask(folder, PIXEL_DQ["DO_NOT_USE"]) & ~_mask(folder, PIXEL_DQ["REFERENCE_PIXEL"])


def _mask(folder: Path, flags: int) -> BoolMap:
    """Give the pixels of a mask file that have one of some flags, which its own table defines."""
    with fits.open(folder / "answer.fits") as hdus:
        table = {str(row["NAME"]): int(row["VALUE"]) for row in hdus["DQ_DEF"].data}
        own = sum(value for name, value in table.items() if PIXEL_DQ.get(name, 0) & flags)
        return np.asarray((hdus["DQ"].data & own) != 0)


def _of_darks(folder: Path | None, truth: DetectorTruth) -> BoolMap | None:
    """Put together what the peer found; it leaves out the reference pixels around."""
    if folder is None:
        return None
    with fits.open(folder / "answer.fits") as hdus:
        maps = [hdus[0].data] + [hdus[name].data for name in ("RC", "LOW_PEDESTAL", "NOISY_AND_CRS")]
    light = truth.active
    flagged = np.zeros(light.shape, np.bool_)
    flagged[np.ix_(light.any(axis=1), light.any(axis=0))] = np.logical_or.reduce([each != 0 for each in maps])
    return flagged


def _peer(do: str) -> Task:
    return Task(do, script="reffiles.py", environment="reffiles")


def _ours(label: str, **parameters: object) -> Task:
    return Task("create", {"label": label, "parameters": parameters})


BAD_PIXELS = (
    Case(
        name="badpix_from_flats",
        title="mask from 5 flats; jwst_reffiles",
        prepare=_prepare_flats,
        ours=_ours("badpix_from_flats", manual_flag_file=None),
        peer=_peer("badpix_from_flats"),
        judge=_judge_flats,
        ratio=8,
    ),
    Case(
        name="badpix_from_darks-documented",
        title="mask from 7 darks x 150 groups, the classes and criteria of jwst_reffiles",
        prepare=prepare_darks,
        ours=_ours("badpix_from_darks", search="documented"),
        peer=_peer("badpix_from_darks"),
        judge=_judge_documented,
        ratio=20,
        memory=5,
    ),
    Case(
        name="badpix_from_darks-everything",
        title="mask from 7 darks x 150 groups, all classes; jwst_reffiles",
        prepare=prepare_darks,
        ours=_ours("badpix_from_darks"),
        peer=_peer("badpix_from_darks"),
        judge=_judge_darks,
        ratio=20,
        memory=5,
    ),
)

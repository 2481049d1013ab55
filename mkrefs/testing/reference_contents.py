"""What the reference files of a simulated detector hold: the pipeline undoes with them what was simulated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.reference_data import ReferenceData
from mkrefs.instruments.exposure_types import EXPOSURE_TYPES
from mkrefs.instruments.irs2 import IRS2_SHAPE, LINE_CLOCKS
from mkrefs.instruments.readpatterns import READPATTERNS
from mkrefs.testing.exposure_spec import ExposureSpec
from mkrefs.testing.ipc import correction_kernel
from mkrefs.testing.nonlinearity import correction_coefficients
from mkrefs.testing.ramps import read_times
from mkrefs.testing.raw_frame import RawFrame
from mkrefs.testing.truth import DetectorTruth

_MIRI_DARK_INTEGRATIONS = 2
_ANY_EXPOSURE: Mapping[str, Any] = {"exposure.type": "ANY"}
_ANY_OPTICS: Mapping[str, Any] = {"instrument.filter": "ANY"}
# Of the drifts that the interleaved reference pixels show, those slower than so many cycles per frame are
# taken off. In the pipeline a line of 712 samples holds their 128 values twice, and zeros: hence the weight.
_IRS2_CYCLES, _IRS2_WEIGHT = 300, LINE_CLOCKS / 256
_TRAP_COLUMNS = ("capture0", "capture1", "capture2", "decay_param")
# Three families of traps that capture nothing.
_NO_TRAPS = ((0.0, -0.01, 0.0, -0.001),) * 3


def mask_content(truth: DetectorTruth) -> ReferenceData:
    """Give the bad pixel mask; reference pixels are flagged as such and stay in use."""
    defects = truth.defects
    flags = {
        "DO_NOT_USE": defects["dead"] | defects["open"] | defects["rc"] | defects["inverse_rc"],
        "DEAD": defects["dead"],
        "HOT": defects["hot"],
        "WARM": defects["warm"],
        "LOW_QE": defects["low_qe"],
        "RC": defects["rc"] | defects["inverse_rc"],
        "TELEGRAPH": defects["telegraph"],
        "OPEN": defects["open"],
        "ADJ_OPEN": defects["adjacent_open"],
        "OTHER_BAD_PIXEL": defects["noisy"] | defects["low_pedestal"],
        "REFERENCE_PIXEL": truth.reference_pixels,
    }
    return ReferenceData(arrays={}, flags=flags, metadata=_ANY_EXPOSURE)


def superbias_content(truth: DetectorTruth) -> ReferenceData:
    """Give the bias in DN."""
    arrays = {"data": truth.bias, "err": np.zeros_like(truth.bias)}
    return ReferenceData(
        arrays, _no_flags(truth, "UNRELIABLE_BIAS"), _gain_factor(truth) | {"bunit_data": "DN"}
    )


def as_read(data: ReferenceData, truth: DetectorTruth, readpatt: str) -> ReferenceData:
    """Give a bias or a mask for frames as they are read: with IRS2, references are interleaved."""
    frame, level = RawFrame(truth, readpatt), np.float32(truth.strengths.bias)
    arrays = {name: frame.filled(map_, level * (name == "data")) for name, map_ in data.arrays.items()}
    flags = {
        name: frame.filled(map_, np.bool_(name == "REFERENCE_PIXEL")) for name, map_ in data.flags.items()
    }
    return replace(data, arrays=arrays, flags=flags)


def refpix_content(truth: DetectorTruth) -> ReferenceData:
    """Give the weights of IRS2: of the interleaved reference pixels all that is slow, of others nothing."""
    samples = LINE_CLOCKS * IRS2_SHAPE[1]
    table = np.zeros(
        2 * samples, dtype=[(f"{name}_{k}", "<f4") for name in ("alpha", "beta") for k in range(4)]
    )
    cycles = np.abs(np.fft.fftfreq(samples, d=1 / samples))
    for k in range(4):  # real and imaginary parts take turns
        table[f"beta_{k}"][::2] = np.where(cycles <= _IRS2_CYCLES, _IRS2_WEIGHT, 0)
    good = [(output, parity, 0) for output in (1, 2, 3, 4) for parity in (1, 2)]
    flags = np.array(good, dtype=[("OUTPUT", "<u2"), ("ODD_EVEN", "<u2"), ("MASK", "<u4")])
    return ReferenceData({"irs2_table": table, "dq_table": flags})


def readnoise_content(truth: DetectorTruth) -> ReferenceData:
    """Give the noise of the difference of two reads in DN."""
    return ReferenceData({"data": truth.cds_noise}, metadata=_gain_factor(truth) | {"bunit_data": "DN"})


def gain_content(truth: DetectorTruth) -> ReferenceData:
    """Give the gain in electrons per DN."""
    metadata = _gain_factor(truth) | {"bunit_data": "ELECTRONS/DN"}
    return ReferenceData({"data": truth.gain}, metadata=metadata)


def saturation_content(truth: DetectorTruth) -> ReferenceData:
    """Give the raw level of saturation in DN; reference pixels are not checked."""
    flags = _no_flags(truth) | {"NO_SAT_CHECK": truth.reference_pixels}
    return ReferenceData({"data": truth.saturation}, flags, _gain_factor(truth))


def linearity_content(truth: DetectorTruth) -> ReferenceData:
    """Give the coefficients of the correction, constant term first."""
    coefficients = correction_coefficients(truth.nonlinearity)
    flags = _no_flags(truth, "NONLINEAR") | {"NO_LIN_CORR": truth.reference_pixels}
    miri = truth.hardware.instrument == "MIRI"
    metadata = {**_ANY_OPTICS, "instrument.band": "N/A"} if miri else _gain_factor(truth)
    return ReferenceData({"coeffs": coefficients}, flags, metadata)


def dark_content(truth: DetectorTruth, spec: ExposureSpec) -> ReferenceData:
    """Give the dark ramp in DN with the groups of ``spec``, and the median dark current in electrons/s."""
    times = read_times(truth, spec).mean(axis=1).astype(np.float32)
    ramp = times[:, None, None] * truth.dark_current
    flags = {"DO_NOT_USE": np.zeros_like(truth.active), "HOT": truth.defects["hot"]}
    if truth.hardware.instrument == "MIRI":
        ramp = np.stack([ramp] * _MIRI_DARK_INTEGRATIONS)
        flags = {name: np.stack([flag[None]] * _MIRI_DARK_INTEGRATIONS) for name, flag in flags.items()}
    # One number: the dark step takes a map only if the exposure brings one of the same shape.
    average = float(np.median((truth.dark_current * truth.gain)[truth.active]))
    metadata = _gain_factor(truth) | {**_ANY_EXPOSURE, "exposure.average_dark_current": average}
    return ReferenceData({"data": ramp, "err": np.zeros_like(ramp)}, flags, metadata)


def reset_content(truth: DetectorTruth, spec: ExposureSpec) -> ReferenceData:
    """Give MIRI's reset anomaly, of which the simulator has none."""
    nothing = np.zeros((spec.nints, spec.ngroups, *truth.window.shape), dtype=np.float32)
    return ReferenceData({"data": nothing, "err": nothing.copy()}, _no_flags(truth))


def rscd_content(truth: DetectorTruth) -> ReferenceData:
    """Give the table of MIRI groups to leave out after a reset: none."""
    rows = [(truth.window.name, pattern, 0, 0) for pattern in READPATTERNS["MIRI"]]
    columns = [("subarray", "S17"), ("readpatt", "S12"), ("group_skip1", "<i4"), ("group_skip", "<i4")]
    return ReferenceData({"rscd_group_skip_table": np.array(rows, dtype=columns)})


def ipc_content(truth: DetectorTruth) -> ReferenceData:
    """Give the kernel that undoes inter-pixel capacitance."""
    share = truth.strengths.ipc if truth.effects.ipc else 0.0
    return ReferenceData({"data": correction_kernel(share).astype(np.float32)})


def flat_content(truth: DetectorTruth) -> ReferenceData:
    """Give the response of the pixels; those of none are flagged and hold 1."""
    blind = truth.response <= 0
    response = np.where(blind, np.float32(1), truth.response)
    flags = {"DO_NOT_USE": blind & truth.active, "NO_FLAT_FIELD": blind}
    instrument = truth.hardware.instrument
    metadata = {"exposure.type": EXPOSURE_TYPES["I"][instrument][0]}
    if instrument == "MIRI":
        metadata |= {"instrument.band": "N/A"}
    return ReferenceData({"data": response, "err": np.zeros_like(response)}, flags, metadata)


def persat_content(truth: DetectorTruth) -> ReferenceData:
    """Give the level in DN above which traps fill: never reached."""
    level = np.full(truth.window.shape, truth.strengths.full_well, dtype=np.float32)
    return ReferenceData({"data": level}, _no_flags(truth))


def trapdensity_content(truth: DetectorTruth) -> ReferenceData:
    """Give the density of traps: none."""
    return ReferenceData({"data": np.zeros(truth.window.shape, dtype=np.float32)}, _no_flags(truth))


def trappars_content(truth: DetectorTruth) -> ReferenceData:
    """Give the parameters of traps that capture nothing."""
    table = np.array(list(_NO_TRAPS), dtype=[(name, "<f8") for name in _TRAP_COLUMNS])
    return ReferenceData({"trappars_table": table})


def _gain_factor(truth: DetectorTruth) -> dict[str, Any]:
    """Give the factor by which NIRSpec's gain depends on the subarray: here it does not."""
    return {"exposure.gain_factor": 1.0} if truth.hardware.instrument == "NIRSPEC" else {}


def _no_flags(truth: DetectorTruth, *names: str) -> dict[str, NDArray[np.bool_]]:
    """Declare flags that no pixel has."""
    return {name: np.zeros(truth.window.shape, dtype=np.bool_) for name in ("DO_NOT_USE", *names)}

"""Writes simulated exposures as the level-1b files the archive hands out.

What is in the pixels is the business of `mkrefs.testing.ramps`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.detectors import SAMPLE_TIME
from mkrefs.instruments.exposure_types import image_type
from mkrefs.instruments.irs2 import NORMAL, REFERENCE, is_irs2
from mkrefs.storage.atomic import atomic_write
from mkrefs.testing.exposure_spec import ExposureSpec, exposure_times, modified_julian_date, outputs_read
from mkrefs.testing.ramps import simulate_ramp
from mkrefs.testing.truth import DetectorTruth

_MICROSECONDS = 1e6


def simulate_exposure(truth: DetectorTruth, spec: ExposureSpec, folder: Path) -> Path:
    """Simulate an exposure and write it as an ``_uncal.fits`` file.

    Parameters
    ----------
    truth : DetectorTruth
        The detector, and the subarray to read.
    spec : ExposureSpec
        The exposure.
    folder : Path
        Made when missing.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    mkrefs.errors.UserError
        If the detector does not have the read-out pattern, or the file cannot be written.
    """
    path = folder / spec.file_name(truth)
    write_exposure(path, simulate_ramp(truth, spec).data, exposure_header(truth, spec))
    return path


def write_exposure(path: Path, data: NDArray[np.uint16], header: dict[str, Any]) -> None:
    """Write raw ramps as a level-1b file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file to make.
    data : ndarray of uint16, shape (nints, ngroups, nrows, ncols)
        Raw signal in DN.
    header : dict of str to object
        Values by their path below ``meta`` in the data model; None is left out.
    """
    from stdatamodels.jwst.datamodels import Level1bModel

    with Level1bModel(data=data, strict_validation=True) as model, atomic_write(path) as temporary:
        for name, value in header.items():
            if value is not None:
                model[f"meta.{name}"] = value
        model.save(str(temporary))


def exposure_header(truth: DetectorTruth, spec: ExposureSpec) -> dict[str, Any]:
    """Give the header of an exposure.

    Returns
    -------
    dict of str to object
        Values by their path below ``meta`` in the data model; None where an instrument has no such value.
    """
    return {
        "telescope": "JWST",
        "origin": "mkrefs",
        **_observation(truth, spec),
        **_instrument(truth, spec),
        **_readout(truth, spec),
        **_timing(truth, spec),
        **_subarray(truth),
    }


def _observation(truth: DetectorTruth, spec: ExposureSpec) -> dict[str, Any]:
    times = exposure_times(truth, spec)
    visit = f"{spec.program}{spec.observation:03d}{spec.visit:03d}"
    group, sequence, activity = spec.activity[:2], spec.activity[2:3], spec.activity[3:]
    return {
        "observation.date": times.begin.date().isoformat(),
        "observation.time": times.begin.time().isoformat("milliseconds"),
        "observation.date_beg": times.begin.isoformat(timespec="milliseconds"),
        "observation.date_end": times.end.isoformat(timespec="milliseconds"),
        "observation.obs_id": f"V{visit}P00000000{group}{sequence}{activity}",
        "observation.visit_id": visit,
        "observation.program_number": spec.program,
        "observation.observation_number": f"{spec.observation:03d}",
        "observation.visit_number": f"{spec.visit:03d}",
        "observation.visit_group": group,
        "observation.sequence_id": sequence,
        "observation.activity_id": activity,
        "observation.exposure_number": f"{spec.exposure}",
        "visit.tsovisit": False,
        "visit.internal_target": image_type(spec.exposure_type(truth)) in {"D", "F"},
    }


def _instrument(truth: DetectorTruth, spec: ExposureSpec) -> dict[str, Any]:
    detector, (filter_name, pupil) = truth.hardware, spec.optics(truth)
    return {
        "instrument.name": detector.instrument,
        "instrument.detector": detector.name,
        "instrument.module": detector.module,
        "instrument.channel": detector.channel,
        "instrument.filter": filter_name,
        "instrument.pupil": pupil,
        "instrument.grating": "PRISM" if detector.instrument == "NIRSPEC" else None,
        "instrument.band": "SHORT" if detector.name.startswith("MIRIFU") else None,
    }


def _readout(truth: DetectorTruth, spec: ExposureSpec) -> dict[str, Any]:
    pattern = spec.pattern(truth)
    interleaved = is_irs2(pattern.name)
    return {
        "exposure.type": spec.exposure_type(truth),
        "exposure.readpatt": pattern.name,
        "exposure.nints": spec.nints,
        "exposure.ngroups": spec.ngroups,
        "exposure.nframes": pattern.nframes,
        "exposure.groupgap": pattern.groupgap,
        "exposure.frame_divisor": pattern.nframes,
        "exposure.nsamples": pattern.nsamples,
        "exposure.noutputs": outputs_read(truth, pattern),
        "exposure.nrs_normal": NORMAL if interleaved else None,
        "exposure.nrs_reference": REFERENCE if interleaved else None,
        "exposure.nresets_at_start": 1,
        "exposure.nresets_between_ints": 1,
        "exposure.drop_frames1": 0,
        "exposure.drop_frames3": 0,
        "exposure.integration_start": 1,
        "exposure.integration_end": spec.nints,
        "exposure.zero_frame": False,
    }


def _timing(truth: DetectorTruth, spec: ExposureSpec) -> dict[str, Any]:
    times = exposure_times(truth, spec)
    start, end = modified_julian_date(times.begin), modified_julian_date(times.end)
    return {
        "exposure.start_time": start,
        "exposure.mid_time": (start + end) / 2,
        "exposure.end_time": end,
        "exposure.sample_time": SAMPLE_TIME * _MICROSECONDS,
        "exposure.frame_time": times.frame,
        "exposure.group_time": times.group,
        "exposure.integration_time": times.integration,
        "exposure.exposure_time": times.exposure,
        "exposure.measurement_time": times.exposure,
        "exposure.duration": times.duration,
    }


def _subarray(truth: DetectorTruth) -> dict[str, Any]:
    detector, window = truth.hardware, truth.window
    return {
        "subarray.name": window.name,
        "subarray.xstart": window.xstart,
        "subarray.ystart": window.ystart,
        "subarray.xsize": window.xsize,
        "subarray.ysize": window.ysize,
        "subarray.fastaxis": detector.fastaxis,
        "subarray.slowaxis": detector.slowaxis,
    }

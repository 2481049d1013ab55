"""How much memory jobs are expected to take; what there is, and who may start, is decided elsewhere.

The estimates are for a worker that has done jobs of all kinds before and keeps what it imported. They were
measured (``python -m benchmarks.memory_needs``) and lie a little above what was seen.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.jobs.calibrating import CalibrateJob, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob, GateJob, LoadJob
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.jobs.trying import TrialJob, VerifyJob
from mkrefs.running.pipeline_memory import pipeline_memory
from mkrefs.running.ramp_size import ramp_size

#: Bytes of a worker that has imported what jobs need.
WORKER = 500_000_000
#: Bytes of the process in which crds certifies.
_CERTIFYING = 150_000_000
#: Bytes of each pixel for the maps that creators of a type hold; they read ramps in blocks of rows.
_MAPS_OF_A_TYPE = {"mask": 270, "superbias": 160, "dark": 130, "gain": 110, "readnoise": 90}
_MAPS = 200
#: Bytes of each pixel and group of the type whose files have a plane for every group.
_PLANES = {"dark": 9}


def expected_memory(job: Job) -> int:
    """Estimate the memory a job takes, from its kind, its steps, and what it reads.

    Parameters
    ----------
    job : Job
        Its inputs count with the sizes they have now.

    Returns
    -------
    int
        Bytes.
    """
    return WORKER + int(_MORE[type(job)](job))


def _select(job: SelectJob) -> float:
    return max((_size(each.path) for each in job.sources), default=0)


def _calibrate(job: CalibrateJob) -> float:
    return pipeline_memory(job.steps, ramp_size(job.source), _sizes(job.overrides))


def _try(job: TrialJob) -> float:
    """Besides the pass of the pipeline, flags of each sample are looked at."""
    ramp = ramp_size(job.source)
    named = _sizes({**job.overrides, job.reftype: job.file})
    return pipeline_memory(job.steps, ramp, named) + 1.5 * ramp.samples + 20 * ramp.pixels


def _verify(job: VerifyJob) -> float:
    """One exposure is in memory at a time, as a second ramp and as images too: the largest counts."""
    files = _sizes({**job.overrides, job.reftype: job.file})
    ramps = [ramp_size(each.path) for each in job.sources]
    return max(
        pipeline_memory(job.steps, ramp, files) + 6.5 * ramp.samples + 70 * ramp.pixels for ramp in ramps
    )


def _correct(job: CorrectJob) -> float:
    return 2.4 * sum(_size(image.path) for image in job.images)


def _create(job: CreateJob) -> float:
    """Ramps are read in blocks of rows, images as a whole."""
    if "ramp_fit" in job.steps:
        return 2.6 * sum(_size(image.path) for image in job.ramps)
    maps = _MAPS_OF_A_TYPE.get(job.reftype, _MAPS)
    planes = _PLANES.get(job.reftype, 0) * job.metadata.ngroups
    return (maps + planes) * _pixels(job.metadata)


def _combine(job: CombineJob) -> float:
    """All individual files are in memory at once; the result, and what it is computed from, twice."""
    sizes = [_size(path) for path in job.individuals]
    largest, pixels = max(sizes, default=0), _pixels(job.metadata)
    if len(sizes) == 1:
        return 1.9 * largest
    return sum(sizes) + 2 * largest + (80 + 6 * len(sizes)) * pixels


def _certify(job: CertifyJob) -> float:
    return _CERTIFYING + 1.1 * _size(job.file)


def _check(job: GateJob) -> float:
    return 0.9 * _size(job.file)


def _load(job: LoadJob) -> float:
    return 1.9 * _size(job.file)


def _compare(job: CompareJob) -> float:
    """Planes are read one by one; maps of the differences are held."""
    return 1.1 * _size(job.file)


_MORE: Mapping[type[Job], Callable[[Any], float]] = {
    SelectJob: _select,
    CalibrateJob: _calibrate,
    CorrectJob: _correct,
    CreateJob: _create,
    CombineJob: _combine,
    CertifyJob: _certify,
    GateJob: _check,
    LoadJob: _load,
    TrialJob: _try,
    CompareJob: _compare,
    VerifyJob: _verify,
}


def _pixels(metadata: ExposureMetadata) -> int:
    return metadata.xsize * metadata.ysize


def _sizes(files: Mapping[str, str]) -> dict[str, int]:
    return {reftype: _size(path) for reftype, path in files.items()}


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0

"""The fingerprint of a job's product: equal fingerprints mean that making it again would change nothing.

It covers what goes in (content and names), the recipe, and the software; not where files lie, nor job ids.
It is known before the product is written, so that it can be told in the product's HISTORY.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkrefs.jobs.calibrating import CalibrateJob, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob, GateJob, LoadJob
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.json_form import job_to_json
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.jobs.trying import TrialJob, VerifyJob

#: Versions that count for every job; a plugin's is in the job.
_COVERED_VERSIONS = ("mkrefs", "jwst")
#: Those that count besides, for jobs whose verdict is that of other software.
_FURTHER_VERSIONS: Mapping[type[Job], tuple[str, ...]] = {CertifyJob: ("crds",), LoadJob: ("stdatamodels",)}
#: Fields that say where files lie, or how jobs hang together; inputs count by name and content.
_PLACES = frozenset(
    ("id", "needs", "output", "products", "crds", "incidental", "selection", "text", "report", "maps")
)
_INPUTS = frozenset(
    ("source", "overrides", "images", "ramps", "individuals", "file", "sources", "files", "layer", "previous")
)


def fingerprint(job: Job, input_digests: Mapping[str, str], versions: Mapping[str, str], rules: str) -> str:
    """Compute the fingerprint of what a job makes.

    Parameters
    ----------
    job : Job
        Its recipe counts; its id, its needs and the directories of its files do not.
    input_digests : mapping of str to str
        Digest of the content by path, for every one of ``job.inputs``.
    versions : mapping of str to str
        Versions by distribution; those of `covered_versions` count (a plugin's is in the job).
    rules : str
        Fingerprint of the CRDS rules that the job can see.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    covered = {
        "recipe": recipe(job),
        "inputs": _named_inputs(job, input_digests),
        "versions": {package: versions.get(package, "") for package in covered_versions(job)},
        "rules": rules,
    }
    text = json.dumps(covered, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def covered_versions(job: Job) -> tuple[str, ...]:
    """Name the distributions whose versions count for a job."""
    return (*_COVERED_VERSIONS, *_FURTHER_VERSIONS.get(type(job), ()))


def recipe(job: Job) -> dict[str, Any]:
    """Give what a job does, without where: no paths, ids or inputs.

    Parameters
    ----------
    job : Job
        Of any kind.

    Returns
    -------
    dict
        JSON values.
    """
    kept = {name: value for name, value in job_to_json(job).items() if name not in _PLACES | _INPUTS}
    if isinstance(job, CorrectJob | CreateJob | CombineJob):
        kept["parameters"] = {
            name: value for name, value in job.parameters.items() if name not in job.incidental
        }
    return kept


def _named_inputs(job: Job, digests: Mapping[str, str]) -> list[list[str]]:
    """List the inputs in their order: the part each plays, its name, its content."""
    return [[*part, Path(path).name, digests[path]] for part, path in _parts(job)]


def _parts(job: Job) -> list[tuple[tuple[str, ...], str]]:
    match job:
        case CalibrateJob():
            overrides = sorted(job.overrides.items())
            return [(("source",), job.source), *(((reftype,), path) for reftype, path in overrides)]
        case SelectJob():
            sources = [(("exposure", each.exposure), each.path) for each in job.sources]
            return [*sources, *((("layered",), path) for path in job.files)]
        case CorrectJob():
            images = [((image.role, image.exposure), image.path) for image in job.images]
            return [*images, *((("file",), path) for path in job.files)]
        case CreateJob():
            ramps = [((ramp.role, ramp.exposure), path) for ramp in job.ramps for path in ramp.files]
            return [*ramps, *((("file",), path) for path in job.files)]
        case CombineJob():
            return [(("individual",), path) for path in job.individuals]
        case CertifyJob() | GateJob() | LoadJob():
            return [(("file",), job.file)]
        case TrialJob():
            others = [((reftype,), path) for reftype, path in sorted(job.overrides.items())]
            layer = [(("layered",), path) for path in job.layer]
            return [(("source",), job.source), (("file",), job.file), *others, *layer]
        case VerifyJob():
            tried = [(("exposure", each.exposure, each.imtype), each.path) for each in job.sources]
            previous = [(("previous",), job.previous)] if job.previous else []
            others = [((reftype,), path) for reftype, path in sorted(job.overrides.items())]
            layer = [(("layered",), path) for path in job.layer]
            return [*tried, (("file",), job.file), *previous, *others, *layer]
        case CompareJob():
            return [(("file",), job.file), *([(("previous",), job.previous)] if job.previous else [])]

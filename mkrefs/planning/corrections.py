"""Plans the corrections of images: groups, the order in which they build on one another, their jobs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from mkrefs.catalog.exposure_names import parse_name
from mkrefs.errors import UserError
from mkrefs.grouping import InputSet, LeftOut, group_exposures
from mkrefs.instruments.exposure_header import Header
from mkrefs.instruments.products import product_kind
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.planning.calibrations import Calibrated, Calibration
from mkrefs.planning.candidates import Candidate, FindProducts, candidates_table
from mkrefs.planning.image_candidates import find_images
from mkrefs.planning.image_states import NO_CUBES
from mkrefs.planning.naming import RunLayout, command_id
from mkrefs.planning.plan import LabelPlan
from mkrefs.planning.request import CorrectionRequest, InputRequest
from mkrefs.planning.wanted_state import wanted_state

#: The product suffix of an image whose name does not tell.
_PRODUCT = "cal"


@dataclass(frozen=True, slots=True)
class GroupedCorrection:
    """One correction after grouping.

    Attributes
    ----------
    request : CorrectionRequest
        The correction.
    candidates : mapping of str to Candidate
        The exposures that it can use.
    plan : LabelPlan
        Its groups.
    """

    request: CorrectionRequest
    candidates: Mapping[str, Candidate]
    plan: LabelPlan

    @property
    def passed_on(self) -> Mapping[str, Candidate]:
        """The exposures whose corrected images it will give."""
        return {name: self.candidates[name] for each in self.plan.sets for name in each.exposures}

    @property
    def wanted(self) -> Iterator[Calibration]:
        """The calibrations of the images it begins with, and those to be kept on the way to them.

        There are none if it takes the images of another.
        """
        if self.request.images_from:
            return
        for candidate in self.passed_on.values():
            calibration = wanted_state(candidate, self.request)
            yield calibration
            passed = calibration.source.missing[:-1]
            yield from (calibration.up_to(step) for step in passed if step in self.request.save_steps)


@dataclass(frozen=True, slots=True)
class CorrectedPlace:
    """Where a corrected image will be, the job that makes it, and all that the image has been through."""

    path: str
    job: str
    steps: tuple[str, ...]


#: Corrected images by label and exposure.
CorrectedPlaces = Mapping[tuple[str, str], CorrectedPlace]


def group_corrections(
    rows: Sequence[Header], requests: Sequence[CorrectionRequest], find_products: FindProducts
) -> Mapping[str, GroupedCorrection]:
    """Group the images for all corrections, makers before those that build on them.

    Parameters
    ----------
    rows : sequence of mapping
        Catalog rows that are not skipped.
    requests : sequence of CorrectionRequest
        All corrections of the run; those that one takes its images from are among them.
    find_products : callable
        Looks for further products of an exposure by name.

    Returns
    -------
    mapping of str to GroupedCorrection
        By label.
    """
    by_label = {request.label: request for request in requests}
    order = TopologicalSorter(
        {label: [request.images_from] if request.images_from else [] for label, request in by_label.items()}
    )
    grouped: dict[str, GroupedCorrection] = {}
    for label in order.static_order():
        request = by_label[label]
        if request.images_from:
            grouped[label] = _group(request, *images_passed_on(grouped[request.images_from], request))
        else:
            grouped[label] = _group(request, *find_images(rows, request, find_products))
    return grouped


def images_passed_on(
    maker: GroupedCorrection, request: InputRequest
) -> tuple[Mapping[str, Candidate], tuple[LeftOut, ...]]:
    """Sort what a correction gives into what another label can take, and what is left out.

    Parameters
    ----------
    maker : GroupedCorrection
        The correction.
    request : InputRequest
        The label that takes its images.

    Returns
    -------
    mapping of str to Candidate
        By name of the exposure.
    tuple of LeftOut
    """
    given = maker.passed_on
    cubes = {name for name, each in given.items() if each.required.planes == "integrations"}
    if request.planes == "integrations" or not cubes:
        return given, ()
    reason = f"{maker.request.label} gives an image for each integration, and {NO_CUBES}"
    fit = {name: each for name, each in given.items() if name not in cubes}
    return fit, tuple(LeftOut(name, reason) for name in given if name in cubes)


def plan_corrections(
    grouped: Iterable[GroupedCorrection],
    calibrated: Mapping[Calibration, Calibrated],
    layout: RunLayout,
    crds: CrdsState,
) -> tuple[tuple[CorrectJob, ...], CorrectedPlaces]:
    """Plan the jobs of all corrections.

    Parameters
    ----------
    grouped : iterable of GroupedCorrection
        Makers before those that build on them.
    calibrated : mapping of Calibration to Calibrated
        Where the calibrated images are.
    layout : RunLayout
        Names the files.
    crds : CrdsState
        Where the reference files are that headers name.

    Returns
    -------
    tuple of CorrectJob
    mapping of (label, exposure) to CorrectedPlace
    """
    jobs: list[CorrectJob] = []
    places: dict[tuple[str, str], CorrectedPlace] = {}
    for one in grouped:
        for each in one.plan.sets:
            inputs = {
                name: image_place(one.request, one.candidates[name], calibrated, places)
                for name in each.exposures
            }
            job = _job(one.request, each, inputs, layout, crds)
            jobs.append(job)
            for image in job.images:
                steps = (*inputs[image.exposure].steps, one.request.label)
                places[one.request.label, image.exposure] = CorrectedPlace(image.output, job.id, steps)
    return tuple(jobs), places


def refuse_overwriting(jobs: Sequence[Job]) -> None:
    """Refuse a plan in which a correction would write over an image that one of the jobs takes as it is.

    Raises
    ------
    UserError
        If images that a correction made in this run are given as inputs of the same.
    """
    outputs = {
        Path(image.output).resolve(): job
        for job in jobs
        if isinstance(job, CorrectJob)
        for image in job.images
    }
    for job in jobs if outputs else ():
        for path in job.inputs:
            maker = outputs.get(Path(path).resolve())
            if maker is not None and maker.id not in job.needs:
                raise UserError(
                    f"{maker.label} would write over {path}, which is among the files given; begin a new run "
                    "(--newrunID) or choose another output directory."
                )


def image_place(
    request: InputRequest,
    candidate: Candidate,
    calibrated: Mapping[Calibration, Calibrated],
    places: CorrectedPlaces,
) -> CorrectedPlace:
    """Tell where the image of an exposure is that a label takes: corrected by another, or calibrated."""
    exposure = str(candidate.row["exposure"])
    if request.images_from:
        return places[request.images_from, exposure]
    place = calibrated[wanted_state(candidate, request)]
    return CorrectedPlace(place.path, place.job, candidate.required.steps)


def _group(
    request: CorrectionRequest, candidates: Mapping[str, Candidate], refused: Sequence[LeftOut]
) -> GroupedCorrection:
    sets: list[InputSet] = []
    left_out = list(refused)
    if candidates:
        grouping = group_exposures(
            candidates_table(candidates),
            request.imtypes,
            window=request.window,
            same=request.same,
            always=(),
            needs_time=False,
        )
        sets += grouping.sets
        left_out += grouping.left_out
    plan = LabelPlan(request.label, "", request.imtypes.canonical, tuple(sets), tuple(left_out))
    return GroupedCorrection(request, candidates, plan)


def _job(
    request: CorrectionRequest,
    each: InputSet,
    inputs: Mapping[str, CorrectedPlace],
    layout: RunLayout,
    crds: CrdsState,
) -> CorrectJob:
    images = tuple(
        ImageInput(
            role=role,
            exposure=exposure,
            path=inputs[exposure].path,
            output=str(layout.corrected(request.label, exposure, _product(inputs[exposure].path, request))),
        )
        for role, exposure in each.roles
    )
    return CorrectJob(
        id=f"{request.label}-{command_id(each.roles)}",
        label=request.label,
        images=images,
        parameters=request.parameters,
        report=str(layout.correction_report(request.label, each.roles)),
        steps=tuple(dict.fromkeys(step for place in inputs.values() for step in place.steps)),
        needs=tuple(dict.fromkeys(place.job for place in inputs.values() if place.job)),
        plugin=request.plugin,
        incidental=request.incidental,
        files=request.files,
        crds=crds,
    )


def _product(path: str, request: CorrectionRequest) -> str:
    """Give the product suffix of a corrected image."""
    named = parse_name(path, None)
    return request.suffix or (product_kind(named.product) if named else "") or _PRODUCT

"""For a label that takes calibrated images: which exposures give one, and from which product."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mkrefs.errors import UserError
from mkrefs.grouping import LeftOut
from mkrefs.instruments.exposure_header import Header, present
from mkrefs.instruments.exposure_types import is_acquisition
from mkrefs.instruments.pipeline_steps import NO_RAMP_AFTER
from mkrefs.instruments.products import product_kind
from mkrefs.planning.candidates import (
    Candidate,
    FindProducts,
    by_exposure,
    explained,
    files_of_other_detectors,
)
from mkrefs.planning.image_states import assess_product
from mkrefs.planning.missing_steps import Refusal, Source, last_step_of
from mkrefs.planning.request import InputRequest
from mkrefs.planning.required_steps import SLOPE_STEP, RequiredSteps, parse_ssbsteps

#: Keywords without which nobody knows how an exposure is calibrated.
_NEEDED = ("INSTRUME", "DETECTOR")
_EXPOSURE, _INTEGRATIONS = "exposure", "integrations"
#: Products whose flags tell of outliers too, which is more than a state tells.
_FLAGGED = ("crf", "crfints")


def find_images(
    rows: Iterable[Header], request: InputRequest, find_products: FindProducts
) -> tuple[Mapping[str, Candidate], tuple[LeftOut, ...]]:
    """Sort the exposures into those that give an image in the required state, and those left out.

    Parameters
    ----------
    rows : iterable of mapping
        Catalog rows that are not skipped; products of one exposure share its name.
    request : InputRequest
        What is asked for; its ``planes`` tell which images.
    find_products : callable
        Called with the name of an exposure none of whose products can be used.

    Returns
    -------
    mapping of str to Candidate
        By name of the exposure.
    tuple of LeftOut

    Raises
    ------
    UserError
        If the state is not one of images, see `steps_of_images`.
    """
    products, left_out = by_exposure(rows, request)
    chosen: dict[str, Candidate] = {}
    for exposure, members in products.items():
        verdict = _choose(exposure, members, request, find_products)
        if isinstance(verdict, Candidate):
            chosen[exposure] = verdict
        else:
            left_out.append(LeftOut(exposure, verdict))
    return chosen, tuple(left_out)


def steps_of_images(request: InputRequest, instrument: str) -> RequiredSteps:
    """Give the calibration state a label needs from an instrument's images.

    Raises
    ------
    UserError
        If a step is unknown, or the state is that of a ramp.
    """
    text = request.ssbsteps.get(instrument, request.ssbsteps["*"])
    try:
        required = parse_ssbsteps(text, instrument)
    except UserError as error:
        raise UserError(f"{request.label}: {error}") from error
    if required.last not in NO_RAMP_AFTER:
        raise UserError(
            f"{request.label}: ssbsteps '{text}': before {SLOPE_STEP} an exposure is no image yet, and "
            f"{request.label} takes images; end with {SLOPE_STEP} or a later step, such as photom-."
        )
    return replace(required, planes=request.planes)


def _choose(
    exposure: str, members: list[Header], request: InputRequest, find: FindProducts
) -> Candidate | str:
    first = members[0]
    lacking = [key for key in _NEEDED if present(first, key) is None]
    if lacking:
        return f"header lacks {', '.join(lacking)}, without which nobody knows how it is calibrated"
    exp_type = str(present(first, "EXP_TYPE") or "")
    if is_acquisition(exp_type) and not request.acquisitions:
        return f"its EXP_TYPE {exp_type} is that of a target acquisition, which {request.label} does not take"
    instrument, detector = str(first["INSTRUME"]), str(first["DETECTOR"])
    required = steps_of_images(request, instrument)
    others = files_of_other_detectors(request, required, detector)
    if others:
        return f"reffile4ssb names {others}, but the exposure is of {detector}"
    verdict = _best(members, request, required)
    if not isinstance(verdict, Candidate):
        verdict = _best([*members, *find(exposure)], request, required)
    return verdict if isinstance(verdict, Candidate) else explained(verdict)


def _best(
    members: Sequence[Header], request: InputRequest, required: RequiredSteps
) -> Candidate | tuple[Refusal, ...]:
    """Choose the product that needs the fewest steps; of equals cubes where they are asked for."""
    instrument = str(members[0]["INSTRUME"])
    overridden = {*request.overrides, *request.layers}
    verdicts = [(row, assess_product(row, required, instrument, overridden)) for row in members]
    usable = [(row, verdict) for row, verdict in verdicts if isinstance(verdict, Source)]
    if not usable:
        return tuple(verdict for _, verdict in verdicts if isinstance(verdict, Refusal))
    row, source = min(usable, key=lambda pair: _rank(pair[0], pair[1], required))
    return Candidate(row=row, source=source, required=replace(required, planes=_planes(row, required)))


def _planes(row: Header, required: RequiredSteps) -> str:
    """Tell what becomes of a product: of an image an image, of a cube a cube, of a ramp what is asked for."""
    of_image = {2: _EXPOSURE, 3: _INTEGRATIONS} if last_step_of(row) else {}
    return of_image.get(int(present(row, "axes") or 0), required.planes)


def _rank(row: Header, source: Source, required: RequiredSteps) -> tuple[int, int, bool, str]:
    axes = int(present(row, "axes") or 0)
    kind = product_kind(str(row.get("product") or ""))
    planes = axes if required.planes == _INTEGRATIONS else 0
    return len(source.missing), -planes, kind in _FLAGGED, source.file

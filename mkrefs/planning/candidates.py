"""For one label: which exposures can be brought into the state it needs, and from which product."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from mkrefs.errors import UserError
from mkrefs.grouping import LeftOut
from mkrefs.instruments.exposure_header import Header, lacking_keywords
from mkrefs.instruments.pipeline_steps import NO_RAMP_AFTER
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.planning.missing_steps import Refusal, Source, choose_source, state_of
from mkrefs.planning.request import InputRequest, LabelRequest
from mkrefs.planning.required_steps import RequiredSteps, parse_ssbsteps

#: Looks for further products of an exposure when those at hand cannot be used.
FindProducts = Callable[[str], Sequence[Header]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An exposure that can be used: its catalog row, and how to calibrate it.

    Attributes
    ----------
    row : mapping
        The catalog row.
    source : Source
        What to start from.
    required : RequiredSteps
        The state of the ramp.
    raw : str
        The exposure as it was taken, if the creator takes that and the file is there.
    """

    row: Header
    source: Source
    required: RequiredSteps
    raw: str = ""


def find_candidates(
    rows: Iterable[Header], request: LabelRequest, find_products: FindProducts
) -> tuple[Mapping[str, Candidate], tuple[LeftOut, ...]]:
    """Sort the exposures into usable and left out.

    Parameters
    ----------
    rows : iterable of mapping
        Catalog rows that are not skipped; products of one exposure share its name.
    request : LabelRequest
        What is to be made.
    find_products : callable
        Called with the name of an exposure none of whose products can be used.

    Returns
    -------
    mapping of str to Candidate
        By name of the exposure.
    tuple of LeftOut
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


def by_exposure(
    rows: Iterable[Header], request: InputRequest
) -> tuple[Mapping[str, list[Header]], list[LeftOut]]:
    """Gather the products of each exposure; leave out those of other image types than a label takes."""
    products: dict[str, list[Header]] = {}
    others: dict[str, str] = {}
    for row in rows:
        exposure, imtype = str(row["exposure"]), str(row["imtype"])
        if imtype in request.imtypes.counts:
            products.setdefault(exposure, []).append(row)
        else:
            others[exposure] = f"imtypes {request.imtypes} takes no exposures of type {imtype}"
    return products, [LeftOut(exposure, reason) for exposure, reason in others.items()]


def fit_for_reference_files(
    candidates: Mapping[str, Candidate], left_out: Sequence[LeftOut], request: LabelRequest
) -> tuple[Mapping[str, Candidate], tuple[LeftOut, ...]]:
    """Leave out images that no reference file of the label's type can be made from."""
    unfit = {exposure: _unfit(each.row, request) for exposure, each in candidates.items()}
    fit = {exposure: each for exposure, each in candidates.items() if not unfit[exposure]}
    refused = (LeftOut(exposure, reason) for exposure, reason in unfit.items() if reason)
    return fit, (*left_out, *refused)


def candidates_table(candidates: Mapping[str, Candidate]) -> pd.DataFrame:
    """Make the table that grouping works on: one row for each usable exposure."""
    return pd.DataFrame([dict(candidate.row) for candidate in candidates.values()])


def raw_product(exposure: str, members: Sequence[Header], find: FindProducts) -> str:
    """Find the product of an exposure that no step has touched; empty if there is none."""
    at_hand = _raw_among(members)
    return at_hand or _raw_among(find(exposure))  # looked for on the disk only if it is not at hand


def _raw_among(rows: Sequence[Header]) -> str:
    return next((state.file for state in map(state_of, rows) if not state.complete), "")


def steps_for(request: LabelRequest, instrument: str) -> RequiredSteps:
    """Give the calibration state a label needs from an instrument's exposures.

    Raises
    ------
    UserError
        If a step is unknown, or the state is that of a rate image: creators take ramps.
    """
    text = request.ssbsteps.get(instrument, request.ssbsteps["*"])
    try:
        required = parse_ssbsteps(text, instrument)
    except UserError as error:
        raise UserError(f"{request.label}: {error}") from error
    if required.last in NO_RAMP_AFTER:
        raise UserError(
            f"{request.label}: ssbsteps '{text}': after {required.last} an exposure is no ramp any more, and "
            f"{request.label} measures ramps; end with an earlier step."
        )
    return required


def _choose(
    exposure: str, members: list[Header], request: LabelRequest, find: FindProducts
) -> Candidate | str:
    unfit = _unfit(members[0], request)
    if unfit:
        return unfit
    instrument = str(members[0]["INSTRUME"])
    required = steps_for(request, instrument)
    others = files_of_other_detectors(request, required, str(members[0]["DETECTOR"]))
    if others:
        return f"reffile4ssb names {others}, but the exposure is of {members[0]['DETECTOR']}"
    overridden = {*request.overrides, *request.layers}
    verdict = choose_source([state_of(row) for row in members], required, instrument, overridden)
    if not isinstance(verdict, Source):
        members = [*members, *find(exposure)]
        verdict = choose_source([state_of(row) for row in members], required, instrument, overridden)
    if isinstance(verdict, Source):
        row = next(row for row in members if str(row["file"]) == verdict.file)
        row = members[0] if row["imtype"] == "" else row
        raw = raw_product(exposure, members, find) if request.takes_raw(str(row["imtype"])) else ""
        return Candidate(row=row, source=verdict, required=required, raw=raw)
    return explained(verdict)


def _unfit(row: Header, request: LabelRequest) -> str:
    """Tell why no reference file can be made from an exposure; empty if one can."""
    lacking = lacking_keywords(row)
    if lacking:
        return f"header lacks {', '.join(lacking)}, which a reference file needs"
    instrument = str(row["INSTRUME"])
    if instrument not in REFERENCE_TYPES[request.reftype].selectors:
        return f"CRDS has no {request.reftype} files for {instrument}: its pipeline takes none"
    return ""


def files_of_other_detectors(request: InputRequest, required: RequiredSteps, detector: str) -> str:
    """Name the reference files that the steps would take and that are for another detector."""
    return ", ".join(
        f"a {reftype} file of {name}"
        for reftype, name in request.override_detectors.items()
        if reftype in required.references and name != detector
    )


def explained(refusals: tuple[Refusal, ...]) -> str:
    """Tell why an exposure is left out: the reasons against all of its products."""
    return "; ".join(f"{refusal.file}: {refusal.reason}" for refusal in refusals) + (
        "; no other product of this exposure was found that can be used"
    )

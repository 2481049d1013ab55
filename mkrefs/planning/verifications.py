"""On which of the exposures that were held back a final file is verified, and against which previous file."""

from collections.abc import Iterator

from mkrefs.instruments.exposure_header import Header, present
from mkrefs.jobs.making import CombineJob
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.planning.candidates import FindProducts, raw_product
from mkrefs.planning.held_back import agreeing_keywords
from mkrefs.planning.request import LabelRequest
from mkrefs.planning.required_steps import parse_ssbsteps
from mkrefs.planning.trials import LEAST_GROUPS, TrialGround, other_references, steps_of_trial

_LAST_STEP = "gain_scale"


def plan_verification(final: CombineJob, request: LabelRequest, ground: TrialGround) -> VerifyJob | str:
    """Plan the verification of a final file on the exposures of its mode that were held back.

    Parameters
    ----------
    final : CombineJob
        What makes the file.
    request : LabelRequest
        Its label; ``validation`` names the previous file, or else the rules of CRDS give it.
    ground : TrialGround
        What there is to verify it with.

    Returns
    -------
    VerifyJob or str
        The reason why there is none.
    """
    instrument = final.metadata.instrument
    tested = steps_of_trial(final.reftype, instrument)
    if not tested:
        return f"no step of calwebb_detector1 takes {final.reftype} files as it runs by default"
    sources = tuple(sorted(_sources(final, request, ground), key=lambda each: each.exposure))
    if not sources:
        return "no exposure of its mode is held back"
    required = parse_ssbsteps(f"{_LAST_STEP}-", instrument)
    others = other_references(final, request, required, ground)
    stem = final.output.removesuffix(".fits")
    return VerifyJob(
        id=f"verify-{final.id}",
        label=final.label,
        reftype=final.reftype,
        file=final.output,
        previous="" if request.validation == "CRDS" else request.validation,
        share=request.verify,
        sources=sources,
        steps=required.steps,
        tested=tested,
        output=f"{stem}.verification.json",
        text=f"{stem}.verification.txt",
        overrides=others.overrides,
        layered=others.layered,
        layer=others.layer,
        needs=tuple(dict.fromkeys((final.id, *others.needs))),
        crds=ground.crds,
        instrument=instrument,
        detector=final.metadata.detector,
    )


def raw_exposure(exposure: str, rows: list[Header], find_products: FindProducts) -> str:
    """Give the raw file of an exposure that has groups enough for a slope; empty if there is none."""
    if int(present(rows[0], "NGROUPS") or 0) < LEAST_GROUPS:
        return ""
    return raw_product(exposure, rows, find_products)


def _sources(final: CombineJob, request: LabelRequest, ground: TrialGround) -> Iterator[HeldBackExposure]:
    mode, instrument = ground.mode_of(final), final.metadata.instrument
    for exposure in ground.held_back.get(final.label, ()):
        rows = list(ground.products[exposure])
        letter = str(rows[0]["imtype"])
        keywords = agreeing_keywords(request, letter, instrument)
        if all(present(rows[0], key) == mode[key] for key in keywords if key in mode):
            raw = raw_exposure(exposure, rows, ground.find_products)
            yield HeldBackExposure(exposure, letter, raw)

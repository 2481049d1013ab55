"""What a final file is compared with."""

from mkrefs.jobs.checking import CompareJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.planning.request import LabelRequest


def plan_comparison(final: CombineJob, request: LabelRequest, crds: CrdsState) -> CompareJob | None:
    """Plan the comparison of a final file with the previous one, if the label asks for it.

    Parameters
    ----------
    final : CombineJob
        What makes the file.
    request : LabelRequest
        Its label; ``validation`` names a file, or CRDS.
    crds : CrdsState
        The context in force.

    Returns
    -------
    CompareJob or None
    """
    if not request.validation:
        return None
    stem = final.output.removesuffix(".fits")
    return CompareJob(
        id=f"compare-{final.id}",
        label=final.label,
        reftype=final.reftype,
        file=final.output,
        previous="" if request.validation == "CRDS" else request.validation,
        output=f"{stem}.comparison.json",
        text=f"{stem}.comparison.txt",
        maps=f"{stem}.comparison.fits",
        needs=(final.id,),
        crds=crds,
    )

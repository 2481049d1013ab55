"""Which file a new reference file is held against for an exposure."""

from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context import context_name
from mkrefs.crds_context.lookup import Choice
from mkrefs.jobs.trying import VerifyJob
from mkrefs.reference_files.fits_content import read_primary_keyword


@dataclass(frozen=True, slots=True)
class Previous:
    """The name of the previous file, empty if there is none; where it comes from, or why there is none."""

    name: str
    source: str


def previous_file(job: VerifyJob, choice: Choice | None) -> Previous:
    """Tell which file the new one is held against for an exposure.

    Parameters
    ----------
    job : VerifyJob
        Names a file, or leaves it to the rules of CRDS.
    choice : Choice or None
        What these rules give for the exposure.

    Returns
    -------
    Previous
    """
    if job.previous:
        name = Path(job.previous).name
        detector = read_primary_keyword(Path(job.previous), "DETECTOR")
        if detector and detector != job.detector:
            return Previous("", f"{name}, which validation.{job.reftype} names, is of {detector}")
        return Previous(name, f"given by validation.{job.reftype}")
    context = context_name(job.crds)
    if choice is None or not choice.file:
        reason = choice.reason if choice is not None else ""
        because = f" ({reason})" if reason not in ("", "n/a") else ""
        return Previous("", f"{context} has no {job.reftype} file for the exposures{because}")
    return Previous(Path(choice.file).name, f"given by the rules of {context}")

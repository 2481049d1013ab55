"""Splits a job by its products, each of which has a manifest of its own.

So a pass of the pipeline that saves several states leaves what a pass that saves one of them would leave, and
a later run that asks for other states keeps what it can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mkrefs.instruments.pipeline_steps import STEP_REFERENCES
from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.job import Job


def single_products(job: Job) -> tuple[Job, ...]:
    """Give the jobs that would make the products of a job one by one.

    The last step of a product is the one it was asked for, also where a longer pass may leave it out.

    Parameters
    ----------
    job : Job
        Of any kind.

    Returns
    -------
    tuple of Job
        The job itself if it makes one product.
    """
    if not isinstance(job, CalibrateJob) or len(job.products) == 1:
        return (job,)
    return tuple(
        replace(
            job,
            steps=product.steps,
            products=(product,),
            overrides=_taken(job.overrides, product.steps),
            optional=tuple(step for step in job.optional if step in product.steps[:-1]),
        )
        for product in job.products
    )


def skipped_step(step: str) -> str:
    """Give the note that a pass of the pipeline has on a step that changed nothing."""
    return f"the pipeline skipped {step}: no file for it, or not for such data"


def notes_on(part: Job, whole: Job, notes: Sequence[str]) -> tuple[str, ...]:
    """Give the notes of a job that concern one of its products: of those on steps, its own.

    Parameters
    ----------
    part : Job
        One of `single_products`.
    whole : Job
        The job they are of.
    notes : sequence of str
        What making all products had to say.

    Returns
    -------
    tuple of str
    """
    if not isinstance(whole, CalibrateJob) or not isinstance(part, CalibrateJob):
        return tuple(notes)
    later = {skipped_step(step) for step in whole.steps if step not in part.steps}
    return tuple(note for note in notes if note not in later)


def _taken(overrides: Mapping[str, str], steps: Sequence[str]) -> dict[str, str]:
    """Give those of a pass's reference files that its first steps take."""
    types = {reftype for step in steps for reftype in STEP_REFERENCES.get(step, ())}
    return {reftype: path for reftype, path in overrides.items() if reftype in types}

"""Splits a job by its products, each of which has a manifest of its own.

So a pass of the pipeline that saves several states leaves what a pass that saves one of them would leave, and
a later run that asks for other states keeps what it can.
"""

from dataclasses import replace

from mkrefs.jobs.job import CalibrateJob, Job


def single_products(job: Job) -> tuple[Job, ...]:
    """Give the jobs that would make the products of a job one by one.

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
            optional=tuple(step for step in job.optional if step in product.steps),
        )
        for product in job.products
    )

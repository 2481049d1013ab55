"""What a pass of the pipeline notes is told of those products alone that it concerns."""

from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.checking import LoadJob
from mkrefs.ledger.products import notes_on, single_products, skipped_step

STEPS = ("dq_init", "saturation", "superbias")
PASS = CalibrateJob(
    id="c1",
    exposure="e1",
    source="/in/e1_uncal.fits",
    steps=STEPS,
    products=(Product(STEPS[:1], "/out/e1_dq_init.fits"), Product(STEPS, "/out/e1_superbias.fits")),
)


def test_skipped_steps_are_told_of_the_products_behind_them():
    notes = (skipped_step("superbias"), "another note")
    short, whole = single_products(PASS)
    assert notes_on(short, PASS, notes) == ("another note",)
    assert notes_on(whole, PASS, notes) == notes


def test_other_jobs_keep_all_notes():
    job = LoadJob("load", "gain", "gain", "NIRCAM", "f.fits", "f.txt")
    assert notes_on(job, job, (skipped_step("superbias"),)) == (skipped_step("superbias"),)

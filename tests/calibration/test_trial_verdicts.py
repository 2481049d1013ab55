"""What speaks against a reference file, and how a trial is reported."""

from mkrefs.calibration.image_state import ImageState
from mkrefs.calibration.trial_report import Breakdown, StepTrial, TrialResult, faults, notes, report_text
from mkrefs.jobs.trying import TrialJob

FILE = "/out/final.fits"
GOOD = ImageState(median=10.0, flagged=0.1, nonfinite=0.02)
JOB = TrialJob(
    id="t",
    label="some",
    reftype="readnoise",
    test="test4ssb",
    file=FILE,
    exposure="e1",
    source="/in/e1_uncal.fits",
    held_out=True,
    steps=("dq_init", "jump"),
    tested=("jump",),
    output="/out/t.txt",
    optional=("dq_init",),
)


def step(status="COMPLETE", reference=FILE, **after):
    values = {"median": 10.0, "flagged": 0.1, "nonfinite": 0.02, **after}
    return StepTrial("jump", status, reference, GOOD, ImageState(**values))


def result(*tested, end=GOOD):
    return TrialResult((("dq_init", "COMPLETE"), *((each.step, each.status) for each in tested)), tested, end)


def told(*tested, optional=(), **changes):
    return faults(result(*tested, **changes), FILE, optional=optional)


def test_a_file_that_was_used_and_does_no_harm_passes():
    assert told(step()) == ()
    assert told(step(flagged=0.9)) == ()  # how much may be flagged is another question
    assert told(step(reference="final.fits")) == ()


def test_each_fault_is_named():
    assert told(step("SKIPPED")) == ("jump ended SKIPPED",)
    assert told(step("")) == ("jump ended without a status",)
    assert told(step(reference="crds://old.fits")) == ("jump used crds://old.fits instead of it",)
    assert told(step(flagged=1.0, nonfinite=0.0)) == ("jump leaves no pixel that can be used",)
    assert told(step(nonfinite=0.5)) == (
        "50 % of the pixels are not finite after jump, although no flag excludes them",
    )
    assert told(step(), end=ImageState(float("nan"), 1.0, 0.0)) == (
        "no pixel that can be used is left at the end",
    )


def test_a_step_that_parameters_may_leave_out_need_not_run():
    assert told(step("SKIPPED", reference="N/A"), optional=("jump",)) == ()
    assert told(step(reference="crds://old.fits"), optional=("jump",)) != ()


def test_a_breakdown_is_reported_with_its_traceback():
    broken = TrialResult((), (), None, Breakdown("jump", "ValueError: shapes", "Traceback ...\nValueError"))
    found = faults(broken, FILE, optional=())
    assert found == ("jump broke down with ValueError: shapes",)
    text = report_text(JOB, broken, found)
    assert text.startswith("test4ssb of final.fits: failed\nfault: jump broke down")
    assert text.endswith("Traceback ...\nValueError\n")


def test_notes_tell_exposure_steps_shares_and_levels():
    assert notes(JOB, result(step(median=9.5, nonfinite=0.0))) == (
        "tried on e1, which it was not made from",
        "jump COMPLETE: flagged 10 % -> 10 %, not finite 2 % -> 0 %, median 10 -> 9.5",
        "at the end: 10 % flagged, median 10",
    )

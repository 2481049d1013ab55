from mkrefs.jobs.calibrating import CalibrateJob, Product, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob
from mkrefs.jobs.trying import TrialJob
from mkrefs.ledger.rules_in_view import rules_in_view

STEPS = ("dq_init", "saturation", "dark_current")


def calibration(**changes):
    product = Product(STEPS, "/out/e_dark_current.fits")
    return CalibrateJob(
        "c", "e", "/in/e_uncal.fits", STEPS, (product,), instrument="NIRCAM", detector="NRCB1", **changes
    )


def test_a_pipeline_run_sees_the_types_of_its_steps_and_their_parameters():
    view = rules_in_view(calibration())
    assert (view.instrument, view.detector) == ("NIRCAM", "NRCB1")
    assert view.reftypes == (
        "dark", "mask", "pars-darkcurrentstep", "pars-detector1pipeline", "pars-dqinitstep",
        "pars-saturationstep", "saturation", "superbias",
    )  # fmt: skip


def test_a_file_of_ones_own_hides_the_rules_of_its_type():
    view = rules_in_view(calibration(overrides={"superbias": "/own.fits"}))
    assert "superbias" not in view.reftypes
    assert "saturation" in view.reftypes


def test_certification_sees_the_rules_of_the_type():
    view = rules_in_view(
        CertifyJob("v", "readnoise", "f.fits", "f.txt", reftype="readnoise", instrument="MIRI")
    )
    assert (view.reftypes, view.instrument) == (("readnoise",), "MIRI")
    assert rules_in_view(CertifyJob("v", "readnoise", "f.fits", "f.txt")).reftypes == ()  # all


def test_other_jobs_see_what_crds_chooses_for_them():
    assert rules_in_view(SelectJob("s", (), ("dark",), (), "s.json")).reftypes == ("dark",)
    compare = CompareJob("c", "gain", "gain", "f.fits", "", "c.json", "c.txt", "c.fits")
    assert rules_in_view(compare).reftypes == ("gain",)
    named = CompareJob("c", "gain", "gain", "f.fits", "previous.fits", "c.json", "c.txt", "c.fits")
    assert rules_in_view(named) is None
    trial = TrialJob("t", "gain", "gain", "test4ssb", "f.fits", "e", "e.fits", True, ("jump",), (), "t.txt")
    assert "readnoise" in rules_in_view(trial).reftypes
    assert "gain" not in rules_in_view(trial).reftypes


def test_parameter_files_have_the_names_that_the_pipeline_asks_for():
    from jwst.pipeline import Detector1Pipeline

    pipeline = Detector1Pipeline()
    names = {step: getattr(pipeline, step).get_config_reftype() for step in pipeline.step_defs}
    for step, name in names.items():
        job = CalibrateJob("c", "e", "e.fits", (step,), (Product((step,), "e_.fits"),))
        assert name in rules_in_view(job).reftypes
        assert pipeline.get_config_reftype() in rules_in_view(job).reftypes

from mkrefs.cli.failure_report import failure_lines
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import Plan


def failures(reasons, tmp_path):
    """Give the lines for exposures that failed for these reasons."""
    jobs = [
        CalibrateJob(
            f"calibrate-{name}", name, "s.fits", ("refpix",), (Product(("refpix",), f"{name}.fits"),)
        )
        for name in reasons
    ]
    check = CertifyJob("certify", "readnoise", "f.fits", "f.txt")
    outcomes = {
        job.id: Outcome(job.id, State.FAILED, reason=f"{job.exposure}: {reasons[job.exposure]}")
        for job in jobs
    }
    outcomes["certify"] = Outcome("certify", State.SKIPPED, reason="it needs calibrate-e1, which failed")
    layout = RunLayout(tmp_path, "", "001", "", tmp_path / "ssb")
    plan = Plan(layout=layout, crds=CrdsState(), labels=(), jobs=(*jobs, check))
    return list(failure_lines(plan, outcomes))


def test_one_reason_of_many_exposures_is_told_once(tmp_path):
    lines = failures({f"e{number}": "no dark" for number in range(1, 8)}, tmp_path)
    assert lines == ["failed: e1, e2, e3, e4 and 3 more: no dark"]


def test_other_reasons_are_told_apart_and_what_was_skipped_not_at_all(tmp_path):
    lines = failures({"e1": "no dark", "e2": "no mask", "e3": "no dark"}, tmp_path)
    assert lines == ["failed: e1, e3: no dark", "failed: e2: no mask"]

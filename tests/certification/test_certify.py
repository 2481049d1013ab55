"""The real crds certify, offline: sound and broken files, side by side."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mkrefs.certification.certify import certify
from mkrefs.certification.report import CertifyFailed
from mkrefs.certification.work import run_certify_job
from mkrefs.crds_context import PrivateContext
from mkrefs.errors import UserError
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState


def test_two_at_once_do_not_collide(
    context: PrivateContext, altered: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in context.environment().items():
        monkeypatch.setenv(key, value)
    one = altered("one.fits", READPATT="BRIGHT1")
    two = altered("two.fits", USEAFTER="2024-01-01T00:00:00")
    log = tmp_path / "logs" / "two.log"
    with ThreadPoolExecutor(2) as pool:
        report = pool.submit(certify, one, context)
        notes = pool.submit(run_certify_job, CertifyJob("certify", "readnoise", str(two), str(log)))
    assert report.result().errors == report.result().warnings == notes.result() == ()
    assert report.result().context == "jwst_0001.pmap"
    inserted = "into 'jwst_nircam_readnoise_0002.rmap'"
    for text, name in ((report.result().log, "one.fits"), (log.read_text(), "two.fits")):
        assert re.findall(rf"Inserting (\S+) {re.escape(inserted)}", text) == [name]
        assert "Certifying 'jwst_nircam_readnoise_0002.rmap' as 'MAPPING'" in text  # not in /tmp
        assert "0 errors" in text
        assert str(tmp_path) not in text
        assert "mkrefs-certify" not in text


def test_a_type_that_the_context_has_no_rules_for_yet(
    context: PrivateContext, references: dict[str, Path]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        mask, gain = pool.map(lambda name: certify(references[name], context.state), ("mask", "gain"))
    assert mask.errors == gain.errors == ()
    assert mask.warnings == (
        "jwst_0001.pmap has no MASK files of NIRCAM: compared with rules that mkrefs made for them.",
    )
    assert mask.context == "jwst_0001.pmap"
    assert len(list((context.path / "mappings" / "jwst").glob("*.pmap"))) == 2


def test_errors_are_given_by_name_and_the_log_is_written(
    context: PrivateContext, altered: Callable[..., Path], tmp_path: Path
) -> None:
    broken = altered("broken.fits", PEDIGREE=None, AUTHOR=None)
    job = CertifyJob(
        "certify", "readnoise", str(broken), str(tmp_path / "logs" / "broken.log"), crds=context.state
    )
    with pytest.raises(CertifyFailed, match=r"2 errors against jwst_0001\.pmap.*PEDIGREE") as failure:
        run_certify_job(job)
    assert "Missing required keyword 'META.AUTHOR [AUTHOR]'" in str(failure.value)
    assert "Missing required keyword 'META.PEDIGREE [PEDIGREE]'" in Path(job.output).read_text()


def test_what_is_no_reference_file_has_errors(context: PrivateContext, tmp_path: Path) -> None:
    torn = tmp_path / "torn.fits"
    torn.write_text("not FITS")
    report = certify(torn, context)
    assert len(report.errors) == 1
    assert "does not appear to be a valid FITS file" in report.errors[0]


def test_without_a_context_the_user_is_told(
    references: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRDS_PATH", raising=False)
    with pytest.raises(UserError, match="CRDS_PATH is not set"):
        certify(references["readnoise"], CrdsState())
    with pytest.raises(UserError, match="absent holds no CRDS cache"):
        certify(references["readnoise"], CrdsState(str(tmp_path / "absent")))
    with pytest.raises(UserError, match="there is no such file to certify"):
        certify(tmp_path / "absent.fits", CrdsState())

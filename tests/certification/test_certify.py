"""The real crds certify, offline: sound and broken files, side by side."""

import json
import os
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mkrefs.certification import process
from mkrefs.certification.certify import certify
from mkrefs.certification.many import certify_files
from mkrefs.certification.report import CertifyFailed
from mkrefs.certification.work import run_certify_job
from mkrefs.crds_context import PrivateContext
from mkrefs.errors import UserError
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState


def test_many_at_once_do_not_collide_and_each_gets_its_own_findings(
    context: PrivateContext, references: dict[str, Path], altered: Callable[..., Path], tmp_path: Path
) -> None:
    patterns = ("BRIGHT1", "BRIGHT2", "SHALLOW2", "SHALLOW4", "MEDIUM2", "MEDIUM8", "DEEP2", "DEEP8")
    files = [altered(f"{pattern}.fits", READPATT=pattern) for pattern in patterns]
    files[3:3] = [altered("bad.fits", PEDIGREE="INFLIGHT"), references["mask"]]
    reports = dict(zip((path.name for path in files), certify_files(files, context.state, 2), strict=True))
    assert len(reports) == 10
    bad, mask = reports.pop("bad.fits"), reports.pop("mask.fits")
    assert len(bad.errors) == 1
    assert "INFLIGHT" in bad.errors[0]
    assert (len(mask.errors), len(mask.notes)) == (0, 1)
    inserted = re.escape("into 'jwst_nircam_readnoise_0002.rmap'")
    for name, report in reports.items():
        assert (report.errors, report.warnings, report.notes) == ((), (), ())
        assert report.context == "jwst_0001.pmap"
        assert re.findall(rf"Inserting (\S+) {inserted}", report.log) == [name]
        assert "Certifying 'jwst_nircam_readnoise_0002.rmap' as 'MAPPING'" in report.log  # not in /tmp
        assert "0 errors" in report.log
        assert str(tmp_path) not in report.log
        assert "mkrefs-certify" not in report.log


def test_a_process_that_has_ended_is_replaced(context: PrivateContext, references: dict[str, Path]) -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    certify(references["readnoise"], context)
    idle = {int(pid) for pid in children.read_text().split()}
    for pid in idle:
        os.kill(pid, signal.SIGKILL)
    assert certify(references["readnoise"], context).errors == ()
    assert len({int(pid) for pid in children.read_text().split()} - idle) == 1


def test_a_crash_is_told_with_what_was_said(
    context: PrivateContext, references: dict[str, Path], tmp_path: Path
) -> None:
    request = {"file": str(references["gain"]), "context": "none.pmap", "folder": str(tmp_path)}
    log = tmp_path / "log.txt"
    status = process.perform(
        {**request, "log": str(log), "answer": str(tmp_path / "a.json")},
        {**context.environment(), "CRDS_PATH": str(context.path)},
    )
    assert status == 1
    assert "Traceback" in log.read_text()
    assert certify(references["readnoise"], context).errors == ()  # the process goes on


def test_a_job_writes_its_log_and_its_findings(
    context: PrivateContext, altered: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in context.environment().items():
        monkeypatch.setenv(key, value)
    two = altered("two.fits", USEAFTER="2024-01-01T00:00:00")
    log, report = tmp_path / "logs" / "two.certify.txt", tmp_path / "logs" / "two.certify.json"
    job = CertifyJob("certify", "readnoise", str(two), str(log), report=str(report))
    assert job.outputs == (str(log), str(report))
    assert run_certify_job(job) == ()
    assert "Inserting two.fits into" in log.read_text()
    found = {"mkrefs_certify": 1, "file": "two.fits", "context": "jwst_0001.pmap"}
    assert json.loads(report.read_text()) == {**found, "errors": [], "warnings": [], "notes": []}


def test_a_type_that_the_context_has_no_rules_for_yet(
    context: PrivateContext, references: dict[str, Path]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        mask, gain = pool.map(lambda name: certify(references[name], context.state), ("mask", "gain"))
    assert mask.errors == gain.errors == ()
    assert mask.warnings == ()
    assert mask.notes == (
        "jwst_0001.pmap has no MASK files of NIRCAM: compared with rules that mkrefs made for them.",
    )
    assert mask.context == "jwst_0001.pmap"
    assert len(list((context.path / "mappings" / "jwst").glob("*.pmap"))) == 2


def test_errors_are_given_by_name_and_the_log_is_written(
    context: PrivateContext, altered: Callable[..., Path], tmp_path: Path
) -> None:
    broken = altered("broken.fits", PEDIGREE=None, AUTHOR=None)
    findings = tmp_path / "logs" / "broken.json"
    job = CertifyJob(
        "certify",
        "readnoise",
        str(broken),
        str(tmp_path / "logs" / "broken.log"),
        crds=context.state,
        report=str(findings),
    )
    with pytest.raises(CertifyFailed, match=r"2 errors against jwst_0001\.pmap.*PEDIGREE") as failure:
        run_certify_job(job)
    assert "Missing required keyword 'META.AUTHOR [AUTHOR]'" in str(failure.value)
    assert "Missing required keyword 'META.PEDIGREE [PEDIGREE]'" in Path(job.output).read_text()
    assert len(json.loads(findings.read_text())["errors"]) == 2


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

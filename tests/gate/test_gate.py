"""What a report says, and what becomes of severities, of exposures, and of checks that break down."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import Check, CheckLimits, UserError, parameter
from mkrefs.contract.checks import Finding, MadeFrom
from mkrefs.gate.gate import check_file
from mkrefs.gate.report import GateFailed, report_text, reports_to_json, sentence
from mkrefs.gate.rules import GateRules
from mkrefs.gate.work import run_gate_job
from mkrefs.instruments.exposure_header import exposure_metadata
from mkrefs.jobs.checking import GateJob

HEADER = {
    "INSTRUME": "NIRCAM", "DETECTOR": "NRCB1", "EXP_TYPE": "NRC_DARK", "READPATT": "RAPID",
    "SUBARRAY": "SUB64P", "SUBSTRT1": 1851, "SUBSTRT2": 1817, "SUBSIZE1": 64, "SUBSIZE2": 64,
    "FASTAXIS": 1, "SLOWAXIS": -2, "NINTS": 1, "NGROUPS": 6, "NFRAMES": 1, "GROUPGAP": 0,
}  # fmt: skip


def twenty(hdus):
    hdus["SCI"].data[:] = 20


def test_severities_can_be_softened_and_checks_left_out(faulty, gate):
    path = faulty("gain", twenty)
    assert len(gate(path).errors) == 1
    soft = gate(path, {"range": {"severity": "warning"}})
    assert (soft.errors, len(soft.warnings), soft.report.passed) == ([], 1, True)
    ignored = gate(path, {"range": {"severity": "ignore"}})
    assert (ignored.errors, ignored.warnings) == ([], [])
    assert "range" not in ignored.report.checks
    assert gate(path, {"range": {"median_high": 30, "high": 30, "usual_high": 30}}).errors == []


def test_every_finding_has_all_that_is_asked_for(faulty, gate):
    found = gate(faulty("gain", twenty)).report
    for each in found.findings:
        assert set(asdict(each)) == {"severity", "check", "what", "where", "limit"}
        assert all(asdict(each).values())
        assert not each.what.endswith(".")
    with pytest.raises(AttributeError):
        found.findings[0].what = "nothing"


def test_errors_come_first(faulty, gate):
    def edit(hdus):
        twenty(hdus)
        del hdus[0].header["FASTAXIS"]

    severities = [each.severity for each in gate(faulty("gain", edit)).report.findings]
    assert severities == ["error", "warning"]


def test_the_json_form_holds_the_limits_and_their_sources(faulty, gate):
    report = gate(faulty("gain", twenty), {"range": {"low": 0.1}}).report
    (content,) = json.loads(json.dumps(reports_to_json([report])))["files"]
    assert (content["passed"], content["reftype"], content["detector"]) == (False, "gain", "NRCB1")
    assert content["tables"] == {"common": 2, "nircam": 2}
    limits = content["limits"]["range"]
    assert limits["median_high"]["value"] == 4
    assert "JDox" in limits["median_high"]["source"]
    assert limits["low"] == {"value": 0.1, "source": "configuration or label"}
    assert limits["severity"] == {"value": "error", "source": ""}
    assert {finding["check"] for finding in content["findings"]} == {"range"}


def test_the_text_tells_findings_and_limits(faulty, gate):
    text = report_text(gate(faulty("gain", twenty)).report)
    assert text.startswith("faulty.fits: gain NIRCAM NRCB1 SUB64P: failed: 1 error\n")
    assert "error: range: the median of the usable values is 20 (SCI); right is median 1 to 4\n" in text
    assert "    median_high: 4.0  (nircam 2: JDox" in text
    assert "Exposures: nothing tells of them\nChecks and limits (tables common 2, nircam 2):\n" in text


class Broken(Check):
    """A check with a mistake."""

    name = "broken"

    def check(self, file, limits):
        raise ZeroDivisionError("asked\nto break")


class Refusing(Check):
    """A check that cannot be made."""

    name = "refusing"

    def check(self, file, limits):
        raise UserError("this cannot be judged.")
        yield


def test_a_check_that_breaks_down_has_not_been_passed(good):
    found = check_file(good["gain"], GateRules({"broken": Broken, "refusing": Refusing})).findings
    assert [f"{each.check}: {each.what}" for each in found] == [
        "broken: the check broke down on this file: ZeroDivisionError: asked to break",
        "refusing: this cannot be judged",
    ]
    assert found[0].where.startswith("test_gate.py:")


class Careless(Check):
    """A check that finds something, and then breaks down."""

    name = "careless"

    def check(self, file, limits):
        yield Finding("error", self.name, "the first", np.int64(3))
        yield "the second"


def test_what_a_check_found_before_it_broke_down_is_told(good):
    report = check_file(good["gain"], GateRules({"careless": Careless, "level": Level}))
    assert [f"{each.check}: {each.what}" for each in report.findings] == [
        "careless: the first",
        "careless: the check broke down on this file: TypeError: it gave a str instead of a Finding",
        "level: it is too much",
    ]
    assert report.findings[0].where == "3"
    assert (len(report.errors), len(report.warnings)) == (2, 1)
    assert json.dumps(reports_to_json([report]))


class LevelLimits(CheckLimits):
    """Limits of the check below."""

    most: float = parameter(1.0, "The most.", gt=0)


class Level(Check):
    """A check with a limit."""

    name, Limits = "level", LevelLimits

    def check(self, file, limits):
        if np.nanmax(file.images["SCI"]) > limits.most:
            yield self.warning("it is too much", "SCI", f"{limits.most:g}")


def test_a_strangers_check_gets_its_limits(good):
    checks = {"level": Level}
    assert [sentence(each) for each in check_file(good["gain"], GateRules(checks)).findings] == [
        "level: it is too much (SCI); right is 1"
    ]
    assert check_file(good["gain"], GateRules(checks, None, {"level": {"most": 100}})).findings == ()


def test_arrays_cannot_be_written(good):
    class Writing(Check):
        """A check that changes what it looks at."""

        name = "writing"

        def check(self, file, limits):
            file.images["SCI"][:] = 0
            return ()

    (found,) = check_file(good["gain"], GateRules({"writing": Writing})).findings
    assert "read-only" in found.what


def test_unknown_checks_and_limits_are_refused(good, rules):
    with pytest.raises(UserError, match="no installed plugin provides the check 'nosuch'"):
        check_file(good["gain"], GateRules(rules.checks, ("nosuch",)))
    with pytest.raises(UserError, match="the limits of the check 'range' are not allowed: colour"):
        check_file(good["gain"], GateRules(rules.checks, None, {"range": {"colour": 3}}))


def history(*lines):
    def edit(hdus):
        for line in lines:
            hdus[0].header.add_history(line)
        hdus[0].header["READPATT"] = "SHALLOW4"

    return edit


@pytest.mark.parametrize(
    ("lines", "severity", "said"),
    [
        (
            ("Exposures read with READPATT RAPID, SUBARRAY SUB64P",),
            "error",
            "were read with RAPID, as its HISTORY says",
        ),
        (("Darks: READPATT = RAPID, 20 of them",), "error", "HISTORY says READPATT RAPID"),
        (("Parameters:", "  readpatt: null", "  subarray: null"), "", ""),
        (("Made from 20 RAPID darks",), "warning", "HISTORY speaks of RAPID alone"),
        (("RAPID darks, averaged to SHALLOW4",), "", ""),
        (("Made from darks of the same kind",), "", ""),
    ],
)
def test_history_tells_of_the_exposures(lines, severity, said, faulty, gate):
    findings = gate(faulty("readnoise", history(*lines))).report.findings
    assert [each.severity for each in findings if each.check == "read_pattern"] == (
        [severity] if severity else []
    )
    assert all(said in each.what for each in findings if each.check == "read_pattern")


def test_a_subarray_that_is_not_the_exposures_fails(good, gate):
    taken = MadeFrom({"SUBARRAY": ("SUB160",), "SUBSIZE1": ("160",)}, "the header of the exposures")
    assert gate(good["gain"], made_from=taken).errors == [
        "subarray: SUBARRAY is SUB64P, of the exposures it is SUB160, as the header of the exposures says",
        "subarray: SUBSIZE1 is 64, of the exposures it is 160, as the header of the exposures says",
    ]


def job(path, **settings):
    output = {"output": f"{path}.checks.json", "text": f"{path}.checks.txt"}
    metadata = exposure_metadata(HEADER)
    values = {"checks": ("range", "read_pattern", "subarray"), "limits": {}, **settings}
    return GateJob("c", "some", "readnoise", "NIRCAM", str(path), metadata, **output, **values)


def test_a_job_writes_its_reports_and_gives_the_warnings(good, tmp_path):
    link = tmp_path / "good.fits"
    link.symlink_to(good["readnoise"])
    notes = run_gate_job(job(link, limits={"range": {"usual_low": 10}}))
    assert len(notes) == 1
    assert notes[0].startswith("warning: range: the median of the usable values is 7.")
    (content,) = json.loads((tmp_path / "good.fits.checks.json").read_text())["files"]
    assert (content["passed"], content["checks"]) == (True, ["range", "read_pattern", "subarray"])
    assert content["made_from"] == "the plan"


def test_a_job_fails_with_sentences_and_writes_its_reports(faulty, tmp_path):
    def edit(hdus):
        hdus["SCI"].data[:] = 1e-6
        hdus[0].header["READPATT"] = "DEEP8"

    path = faulty("readnoise", edit)
    with pytest.raises(GateFailed) as caught:
        run_gate_job(job(path))
    said = str(caught.value)
    assert said.startswith(
        f"{path}: the checks fail: range: the median of the usable values is 1e-06 (SCI); "
    )
    assert "read_pattern: READPATT is DEEP8, the exposures were read with RAPID, as the plan says" in said
    assert said.endswith(f"the whole report is {path}.checks.txt.")
    assert "failed: 2 errors" in (tmp_path / "faulty.fits.checks.txt").read_text()


def test_a_file_with_two_extensions_of_one_name_is_read(good, gate, tmp_path):
    path = tmp_path / "two.fits"
    with fits.open(good["gain"]) as hdus:
        again = fits.ImageHDU(np.zeros((64, 64), np.float32), name="SCI", ver=2)
        fits.HDUList([hdu.copy() for hdu in hdus[:2]] + [again]).writeto(path)
    assert gate(path).errors == []

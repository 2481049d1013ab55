import json
import shutil

import pytest
from astropy.io import fits

from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.checking import CertifyJob, GateJob
from mkrefs.jobs.json_form import plan_from_json, plan_to_json
from mkrefs.jobs.making import CombineJob, CreateJob


@pytest.fixture
def some(darks, tmp_path):
    """Copies of three darks that may be changed, in a folder of their own."""
    (tmp_path / "in").mkdir()
    return [tmp_path / "in" / shutil.copy2(path, tmp_path / "in") for path in darks("small")[:3]]


def tree(folder):
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def sections(text):
    """Split a report at its headings: lines that are not indented and stand first or after an empty one."""
    return dict(block.partition("\n")[::2] for block in text.strip().split("\n\n"))


def test_the_report_shows_catalog_groups_left_outs_pipeline_runs_and_outputs(some, tmp_path, mkrefs):
    (tmp_path / "in" / "broken_uncal.fits").write_bytes(b"SIMPLE")
    report = mkrefs(
        "plan", "--outrootdir", tmp_path / "out", "--pp", "readnoise", "imtypes", "DD", "readnoise",
        tmp_path / "in" / "*.fits",
    ).stdout  # fmt: skip
    parts = sections(report)
    catalog = parts["Exposures: 3 used, 1 skipped"]
    assert all(str(path) in catalog for path in some)
    assert f"skipped {tmp_path / 'in' / 'broken_uncal.fits'}: " in catalog
    groups = parts["readnoise (readnoise, imtypes DD): 1 group"]
    names = [path.name.removesuffix("_uncal.fits") for path in some]
    assert f"D1 {names[0]}, D2 {names[1]}" in groups
    assert "DETECTOR NRCB1" in groups
    assert f"left out {names[2]}: " in groups
    runs = parts["Pipeline runs: 2"]
    assert runs.count(": dq_init, saturation, superbias, refpix") == 2
    outputs = parts["Outputs: 1 individual, 1 final"]
    assert (
        f"final {tmp_path / 'out'}/001/readnoise/readnoise_001.final_nrcb1_sub64p_rapid.readnoise.fits"
        in outputs
    )


def test_many_exposures_left_out_for_one_reason_are_counted_unless_asked_for(darks, tmp_path, mkrefs):
    words = ("--outrootdir", tmp_path / "out", "--pp", "readnoise", "imtypes", "F+", "readnoise")
    exposures = darks("small")
    short = mkrefs("plan", *words, *exposures).stdout
    reason = "imtypes F+ takes no exposures of type D"
    assert f"readnoise: left out 6 exposures (-v names them): {reason}" in short
    named = mkrefs("plan", "-v", *words, *exposures).stdout
    for path in exposures:
        assert f"left out {path.name.removesuffix('_uncal.fits')}: {reason}" in named


@pytest.mark.parametrize(
    "words", [["plan"], ["plan", "-vvv"], ["plan", "--json"], ["--onlyshow"], ["-vv", "--onlyshow"]]
)
def test_planning_writes_nothing(words, some, tmp_path, mkrefs, darks):
    before = tree(tmp_path)
    done = mkrefs(*words, "readnoise", "--outrootdir", tmp_path / "out", *some, cwd=tmp_path)
    assert done.stdout
    assert not done.stderr
    assert tree(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_onlyshow_is_plan(some, tmp_path, mkrefs):
    words = ("readnoise", "--outrootdir", tmp_path / "out", *some)
    assert mkrefs("--onlyshow", *words).stdout == mkrefs("plan", *words).stdout


def test_the_json_form_is_the_plan(some, tmp_path, mkrefs):
    text = mkrefs("plan", "--json", "readnoise", "--outrootdir", tmp_path, *some).stdout
    form = json.loads(text)
    jobs = plan_from_json(form)
    assert {key: form[key] for key in plan_to_json(jobs)} == plan_to_json(jobs)
    assert set(form) - set(plan_to_json(jobs)) == {"layout", "crds", "labels", "skipped", "batch", "output"}
    (label,) = form["labels"]
    (group,) = label["sets"]
    assert [role for role, _ in group["roles"]] == ["D1", "D2", "D3"]
    assert (label["label"], label["left_out"], form["skipped"]) == ("readnoise", [], {})
    assert [type(job) for job in jobs] == [CalibrateJob] * 3 + [
        CreateJob,
        CombineJob,
        CertifyJob,
        GateJob,
        CertifyJob,
    ]


def test_more_details_make_a_longer_report(some, tmp_path, mkrefs):
    words = ("plan", "readnoise", "--outrootdir", tmp_path / "out", *some)
    plain, detailed = mkrefs(*words).stdout, mkrefs("-v", *words).stdout
    assert set(plain.splitlines()) < set(detailed.splitlines())
    assert "clipping_sigma: 3.0" in detailed


def test_flight_like_exposures_are_known_by_their_headers(some, tmp_path, planned):
    for number, path in enumerate(some):
        path.rename(path.with_name(f"{number}a7.fits"))
    jobs = planned(
        "readnoise", "--pp", "inputfiles", "dark_pattern", "", "--pp", "inputfiles", "flat_pattern", "",
        "--outrootdir", tmp_path / "out", tmp_path / "in",
        tmp_path / "in" / "*",
    )  # fmt: skip
    assert [job["exposure"] for job in jobs if job["kind"] == "CalibrateJob"] == ["0a7", "1a7", "2a7"]


def test_ground_like_exposures_are_known_by_their_names(some, tmp_path, mkrefs):
    names = [
        "NRCNRCB1-DARK-60081_1_uncal.fits",
        "NRCNRCB1-ZERO-60082_1_uncal.fits",
        "NRCN815A-LIN-53650_1_uncal.fits",
    ]
    for path, name in zip(some, names, strict=True):
        with fits.open(path.rename(path.with_name(name)), mode="update") as hdus:
            hdus[0].header["EXP_TYPE"] = "UNKNOWN"
    patterns = (
        "--pp",
        "inputfiles",
        "dark_pattern",
        "Bias|Dark|BIAS|DARK|ZERO",
        "--pp",
        "inputfiles",
        "flat_pattern",
        "GAIN|LIN",
    )
    words = ("plan", "readnoise", "--outrootdir", tmp_path / "out", tmp_path / "in" / "*.fits")
    report = mkrefs(*words, *patterns).stdout
    rows = [line.split() for line in report.splitlines() if line.startswith(str(tmp_path / "in"))]
    assert {row[0].rpartition("/")[2]: row[1] for row in rows} == dict(zip(names, "DDF", strict=True))
    assert "D2 NRCNRCB1-ZERO-60082_1" in report
    assert "0 used, 3 skipped" in mkrefs(*words).stdout  # neither name nor header tells

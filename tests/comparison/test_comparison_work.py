"""Files are compared with those of the context or with one that is named; others are refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.comparison.work import run_comparison
from mkrefs.errors import UserError
from mkrefs.jobs.checking import CompareJob
from mkrefs.jobs.crds_state import CrdsState


@pytest.fixture
def references(darks, crds_cache):
    """The reference files of the small set, which are in the context."""
    return darks("small")[0].parent / "references"


@pytest.fixture
def compare(crds_cache, tmp_path):
    """Compare a file; give the notes, the JSON and the text."""

    def compare(file: Path, reftype: str, previous: Path | None = None):
        job = CompareJob(
            id="c",
            label="some",
            reftype=reftype,
            file=str(file),
            previous="" if previous is None else str(previous),
            output=str(tmp_path / "c.json"),
            text=str(tmp_path / "c.txt"),
            maps=str(tmp_path / "c.fits"),
            crds=CrdsState(str(crds_cache)),
        )
        notes = run_comparison(job)
        return notes, json.loads(Path(job.output).read_text()), Path(job.text).read_text()

    return compare


@pytest.fixture
def altered(references, tmp_path):
    """Copy a reference file and change it."""

    def alter(reftype: str, how=None, **keywords) -> Path:
        path = Path(shutil.copy(next(references.glob(f"*_{reftype}.fits")), tmp_path / f"new_{reftype}.fits"))
        with fits.open(path, mode="update") as hdus:
            hdus[0].header.update(keywords)
            if how is not None:
                how(hdus)
        return path

    return alter


def test_the_most_recent_file_of_the_context_is_found_by_its_rules(altered, compare):
    def raise_one(hdus):
        hdus["SCI"].data[10, 20] += 100

    notes, content, text = compare(altered("readnoise", raise_one, AUTHOR="somebody"), "readnoise")
    assert notes[0].startswith("consistent: compared with jwst_nircam_readnoise_0")
    assert content["mkrefs_comparison"] == 2
    assert content["verdict"]["verdict"] == "consistent"
    assert content["maps"] == "c.fits"
    assert sum(content["comparison"]["histograms"]["SCI"]["difference"]["counts"]) == 64**2
    assert "the most recent that jwst_0" in content["source"]
    found = content["comparison"]["arrays"]["SCI"]
    assert found["largest"]["index"] == [10, 20]
    assert found["changed"] == pytest.approx(1 / 64**2)
    assert {"extension": "PRIMARY", "keyword": "AUTHOR", "before": "mkrefs", "after": "somebody"} in content[
        "comparison"
    ]["headers"]
    assert "largest change at [10, 20]" in text
    assert "AUTHOR  : 'mkrefs' -> 'somebody'" in text


def test_a_useafter_later_than_the_new_file_does_not_hide_the_previous_one(altered, compare):
    notes, content, _ = compare(altered("gain", USEAFTER="2010-01-01T00:00:00"), "gain")
    assert content["previous"] is not None
    assert "SCI: equal" in notes


def test_flags_are_compared_by_the_names_of_each_file(altered, references, compare):
    def rename_and_set(hdus):
        table = hdus["DQ_DEF"].data
        hot = next(row for row in table if row["NAME"].strip() == "HOT")
        cleared = hdus["DQ"].data & ~np.uint32(hot["VALUE"])
        cleared[5, 6] |= np.uint32(hot["VALUE"])
        hdus["DQ"].data[...] = cleared
        next(row for row in table if row["NAME"].strip() == "WARM")["NAME"] = "LUKEWARM"

    original = next(references.glob("*_mask.fits"))
    _, content, text = compare(altered("mask", rename_and_set), "mask", original)
    flags = content["comparison"]["flags"]
    assert flags["HOT"]["after"] == 1
    assert flags["HOT"]["set"] + flags["HOT"]["kept"] == 1
    assert flags["LUKEWARM"]["before"] is None
    assert flags["WARM"]["after"] is None
    assert "LUKEWARM" in text
    assert content["source"] == "given by validation.mask"


def test_no_previous_file_is_a_note(altered, compare):
    notes, content, text = compare(altered("readnoise", SUBARRAY="SUB640", READPATT="DEEP8"), "readnoise")
    assert notes[0].startswith("not compared: jwst_0")
    assert "has no readnoise file for its exposures" in notes[0]
    assert content["comparison"] is content["previous"] is None
    assert "not compared" in text


def test_a_file_that_the_cache_does_not_hold_is_asked_for(references, crds_cache, tmp_path):
    cache = tmp_path / "cache"
    for part in ("config", "mappings"):
        shutil.copytree(crds_cache / part, cache / part)
    file = next(references.glob("*_gain.fits"))
    outputs = tuple(str(tmp_path / f"c.{suffix}") for suffix in ("json", "txt", "fits"))
    job = CompareJob("c", "some", "gain", str(file), "", *outputs, crds=CrdsState(str(cache)))
    with pytest.raises(UserError, match=r"does not hold; fetch it by 'crds sync --files jwst_nircam_gain_"):
        run_comparison(job)


def test_what_is_not_finite_becomes_null(altered, references, compare):
    def blank(hdus):
        hdus["SCI"].data[...] = np.nan

    original = next(references.glob("*_readnoise.fits"))
    notes, content, _ = compare(altered("readnoise", blank), "readnoise", original)
    assert notes[0].startswith("suspicious: compared with nrcb1_sub64p_readnoise.fits, given by validation.")
    found = content["comparison"]["arrays"]["SCI"]
    assert (found["finite"], found["changed"], found["difference"]) == (0.0, None, None)
    assert "4096 values are not finite any more" in " ".join(notes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"REFTYPE": "GAIN"}, "has REFTYPE GAIN, the new file .* has READNOISE"),
        ({"DETECTOR": "NRCB2"}, "has DETECTOR NRCB2, the new file .* has NRCB1"),
        ({"INSTRUME": "NIRISS"}, "has INSTRUME NIRISS"),
    ],
)
def test_a_file_of_another_kind_is_refused(altered, references, compare, changes, reason):
    original = next(references.glob("*_readnoise.fits"))
    with pytest.raises(UserError, match=rf"^validation\.readnoise: .*, wanted by label 'some', {reason}"):
        compare(original, "readnoise", altered("readnoise", **changes))


def test_a_file_of_another_size_is_refused(altered, references, compare):
    def cut(hdus):
        hdus["SCI"].data = hdus["SCI"].data[:32]

    original = next(references.glob("*_readnoise.fits"))
    with pytest.raises(UserError, match=r"has 64 x 32 pixels in SCI, the new file .* has 64 x 64"):
        compare(original, "readnoise", altered("readnoise", cut))


def test_what_is_no_fits_file_is_refused(references, compare, tmp_path):
    (tmp_path / "old.fits").write_text("no FITS")
    original = next(references.glob("*_readnoise.fits"))
    with pytest.raises(UserError, match=r"old\.fits: this cannot be read as a reference file in FITS form"):
        compare(original, "readnoise", tmp_path / "old.fits")

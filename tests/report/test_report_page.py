"""What the page of a run tells, that it is whole and escaped, and what it passes over."""

import re
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.errors import UserError
from mkrefs.report.colours import rgb
from mkrefs.report.reference_file import unbroken, view_file

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'so'"
COMPARISON = {
    "mkrefs_comparison": 2,
    "previous": "jwst_nircam_readnoise_0001.fits",
    "source": "the most recent",
    "verdict": {"verdict": "suspicious", "reasons": ["The median moved by 9 sigma."]},
    "comparison": {
        "headers": [{"extension": "PRIMARY", "keyword": "DESCRIP", "before": None, "after": HOSTILE}],
        "arrays": {
            "SCI": {
                "difference": {"median": 0.25, "scatter": 0.1},
                "ratio": None,
                "changed": 0.013,
                "largest": {"index": [3, 4], "before": 1.0, "after": None},
            }
        },
        "only_new": ["NSAMPLES"],
        "flags": {"HOT": {"before": 5, "after": 7, "set": 3, "cleared": 1, "kept": None}},
        "histograms": {"SCI": {"difference": {"edges": [0.0, 1.0, 2.0], "counts": [5, 7]}, "ratio": {}}},
        "transitions": [{"before": "HOT", "after": "WARM", "pixels": 4}, {"before": "good", "after": "HOT"}],
    },
}
VERIFICATION = {
    "mkrefs_verification": 1,
    "previous": None,
    "previous_source": "CRDS has none",
    "share": 0.2,
    "verdict": "better",
    "reasons": ["The residual is smaller."],
    "summary": [
        {
            "name": "dark_residual",
            "title": "Dark residual",
            "unit": "DN/s",
            "new": 0.001,
            "previous": None,
            "verdict": "-",
        }
    ],
    "exposures": [{"exposure": "e9", "imtype": "D", "measures": []}],
}
FINDING = {"severity": "warning", "check": "finite", "what": "2 % are NaN", "where": "SCI", "limit": "1 %"}


@pytest.fixture
def final(run, make, noise):
    """A run that made one file, with its manifest and that of its individual file."""
    run.begin(jobs=2)
    ramp = run.folder / "e1_refpix.fits"
    fits.PrimaryHDU(header=fits.Header({"DATE-OBS": "2024-03-01", "TIME-OBS": "12:34:56.7"})).writeto(ramp)
    individual = run.file("readnoise.1.readnoise.fits", make.image(noise))
    run.manifest(individual, ramps=[{"exposure": "e1", "role": "D1", "path": str(ramp)}])
    path = run.file("readnoise.final.readnoise.fits", make.image(noise), USEAFTER="2024-01-01T00:00:00")
    run.manifest(
        path,
        kind="CombineJob",
        combiner="weighted",
        individuals=[str(individual)],
        steps=["dq_init"],
        parameters={"sigma": 4.0, "author": "me"},
    )
    run.job(individual, "CreateJob")
    run.job(path)
    run.end()
    return path


def test_the_page_tells_what_was_made(run, final, parsed):
    page = parsed(run.page())
    for words in (
        "finished : 1 final file and 1 individual file from 2 exposures.",
        "jwst_0009.pmap",
        "readnoise NRCA1",
        "2024-01-01T00:00:00",
        "SCI (DN)",
        "40 × 60, float32",
        "Made by weighted",
        "2024-03-01 12:34:56",
        "sigma 4.0",
        "fingerprint abc123",
        "a note",
        "individual files 1 2.5 s",
    ):
        assert words in page.text, words
    assert final.name in page.text


def test_the_page_is_built_for_everybody(run, final, parsed):
    run.beside(final, "comparison.json", COMPARISON)
    run.beside(final, "verification.json", VERIFICATION)
    text = run.page()
    page = parsed(text)
    assert text.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en"}]
    assert all(page.all(tag) for tag in ("title", "header", "nav", "main", "footer"))
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    names = [each["id"] for _, each in page.elements if "id" in each]
    assert len(names) == len(set(names))
    targets = {each["href"].removeprefix("#") for each in page.all("a")}
    assert targets <= set(names)
    assert {each["aria-labelledby"] for each in page.all("section")} <= set(names)
    assert len(page.all("table")) == len(page.all("caption")) > 3
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))
    drawn = [each for each in page.all("svg") if "viewbox" in each]
    assert len(drawn) == len(page.all("figure")) == len(page.all("figcaption")) > 1
    assert all(each["role"] == "img" and "edian" in each["aria-label"] for each in drawn[:2])


def test_words_stand_out_from_what_is_behind_them():
    style = resources.files("mkrefs.report").joinpath("templates/style.css").read_text()
    for scheme in re.findall(r":root \{([^}]*--ground[^}]*--good[^}]*)\}", style):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
        for word in ("ink", "quiet", "accent", "good", "look", "bad"):
            for behind in ("ground", "sheet", "faint"):
                assert contrast(colours[word], colours[behind]) >= 4.5, (word, behind)


def contrast(one, other):
    """Give the ratio of luminances by WCAG 2."""
    channels = np.array([rgb(one), rgb(other)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    dark, light = sorted(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return light / dark


def test_the_page_needs_nothing_besides_itself(run, final):
    text = run.page()
    assert "<script" not in text
    addresses = re.findall(r'(?:src|href|srcset|action|poster)="([^"]*)"', text)
    assert len(addresses) > 4
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text


def test_what_comes_from_outside_is_escaped(run, make, noise, parsed):
    run.begin(labels=(HOSTILE,), command=("mkrefs", HOSTILE))
    path = run.file("a.final.readnoise.fits", make.image(noise, unit="<b>DN</b>"), DESCRIP=HOSTILE[:60])
    run.job(path)
    run.job(
        run.folder / "readnoise" / "b.fits", "CreateJob", "failed", reason=HOSTILE + "\x07\udcff", log=HOSTILE
    )
    run.beside(path, "checks.json", {"files": [{"findings": [{**FINDING, "what": HOSTILE}]}]})
    run.beside(path, "certify.txt", HOSTILE)
    run.beside(path, "comparison.json", COMPARISON)
    run.end(status=1, error=HOSTILE)
    text = run.page()
    page = parsed(text)
    assert "<script" not in text
    assert "<b>DN" not in text
    assert page.all("script") == []
    assert page.text.count(HOSTILE) >= 5
    assert "\N{REPLACEMENT CHARACTER}" in text
    assert not re.search("[\x00-\x08\ud800-\udfff]", text)


def test_reports_beside_the_file_are_told(run, final, parsed):
    run.beside(
        final, "certify.json", {"mkrefs_certify": 1, "errors": [], "warnings": ["no EXP_TYPE"], "notes": []}
    )
    run.beside(final, "checks.json", {"mkrefs_checks": 1, "files": [{"findings": [FINDING]}]})
    run.beside(final, "test4datamodel.txt", "loads as ReadnoiseModel")
    run.beside(final, "comparison.json", COMPARISON)
    run.beside(final, "verification.json", VERIFICATION)
    page = parsed(run.page())
    for words in (
        "crds certify checks comparison verification",
        "! 1 warning ! 1 warning ✗ suspicious ✓ better",
        "no EXP_TYPE",
        "2 % are NaN (SCI) right is 1 %",
        "loads as ReadnoiseModel",
        "The median moved by 9 sigma.",
        "SCI 0.25 0.1 – – 1.3 % 1 → – at [3, 4]",
        "HOT 5 7 3 1 –",
        "HOT WARM 4",
        "Only in the new file: NSAMPLES.",
        "Keywords that differ: 1",
        "Histogram of SCI, new − previous",
        "The residual is smaller.",
        "Dark residual 0.001 DN/s – –",
    ):
        assert words in page.text, words


def test_maps_of_a_comparison_are_drawn(run, final, make, noise, parsed):
    maps = final.with_name("maps.fits")
    cube = np.stack([noise, noise])
    fits.HDUList(
        [fits.PrimaryHDU(), make.image(cube, "DIFFERENCE_SCI"), make.image(noise, "RATIO_SCI")]
    ).writeto(maps)
    run.beside(final, "comparison.json", {**COMPARISON, "maps": maps.name})
    page = parsed(run.page())
    assert "new − previous (DN)" in page.text
    assert "SCI, new / previous" in page.text
    assert "DQ, pixels whose flags changed" not in page.text
    lost, got = np.zeros((2, 40, 60), np.uint32)
    got[0, :5], lost[0, :9] = 1, 4
    last = make.image(noise, "DIFFERENCE_SCI_LAST", "")
    last.header["PLANE"] = "group 8"
    changes = [fits.ImageHDU(got, name="DQ_SET"), fits.ImageHDU(lost, name="DQ_CLEARED")]
    fits.HDUList([fits.PrimaryHDU(), last, *changes]).writeto(maps, overwrite=True)
    page = parsed(run.page())
    assert "SCI_LAST (group 8), new − previous" in page.text
    assert "new − previous (DN)" in page.text  # the unit of the array itself
    assert "flags cleared: 4 (0.167 %) flags set: 5 (0.208 %)" in page.text
    maps.write_bytes(b"no FITS file")
    assert "new − previous (DN)" not in parsed(run.page()).text


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", "null", '{"mkrefs_comparison": 2}', '{"mkrefs_verification": 1}']
)
@pytest.mark.parametrize("name", ["certify", "checks", "comparison", "verification"])
def test_reports_of_another_form_are_passed_over(run, final, parsed, name, content):
    run.beside(final, f"{name}.json", content)
    assert "readnoise NRCA1" in parsed(run.page()).text


def test_reports_of_an_earlier_file_are_not_shown(run, final, parsed):
    report = run.beside(final, "comparison.json", COMPARISON)
    run.job(report, "CompareJob", "skipped", inputs=(str(final),))
    page = parsed(run.page())
    assert "The median moved" not in page.text
    assert "! skipped" in page.text


def test_what_failed_and_what_was_left_out_is_told(run, parsed):
    run.begin(jobs=5)
    missing = run.folder / "readnoise" / "a.final.readnoise.fits"
    run.job(
        run.folder / "readnoise" / "a.1.readnoise.fits",
        "CreateJob",
        "failed",
        reason="it broke",
        log="/a/log.txt",
    )
    run.job(missing, state="skipped", reason="it needs CreateJob")
    run.end(status=1)
    left_out = [{"exposure": name, "reason": "no partner"} for name in ("e3", "e4")]
    plan = '{"skipped": {"/data/x.fits": "no MJD"}, "labels": [{"label": "gain", "left_out": %s}]}'
    (run.folder / "plan.json").write_text(plan % str(left_out).replace("'", '"'))
    page = parsed(run.page())
    for words in (
        "finished, 1 job failed, 1 skipped, with 3 jobs left : 0 final files.",
        "not shown : it needs CreateJob",
        "it broke log: /a/log.txt",
        "all no MJD 1 x.fits",
        "gain no partner 2 e3, e4",
    ):
        assert words in page.text, words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": 130, "interrupted_by": "SIGINT"}, "! stopped by SIGINT, with 2 jobs left"),
        ({"status": 2, "error": "the disk is full"}, "✗ ended with an error, with 2 jobs left"),
        (None, "! not ended, probably killed, with 2 jobs left"),
    ],
)
def test_how_the_command_ended_is_told(run, make, noise, parsed, changes, words):
    run.begin()
    run.job(run.file("a.final.readnoise.fits", make.image(noise)))
    if changes is not None:
        run.end(**changes)
    assert words in parsed(run.page()).text


def test_an_empty_folder_has_a_page(run, parsed):
    assert "There are no final files." in parsed(run.page()).text


def test_a_file_that_cannot_be_read_is_told(run, parsed):
    run.begin()
    path = run.file("a.final.readnoise.fits")
    path.write_text("nothing of FITS")
    run.job(path)
    run.end()
    assert "✗ not shown : " in parsed(run.page()).text
    with pytest.raises(UserError, match="this cannot be read"):
        view_file(path)


def test_the_last_plane_of_a_dark_is_shown(run, make):
    ramp = np.zeros((2, 3, 12, 12), np.float32) + np.arange(3, dtype=np.float32)[None, :, None, None]
    path = run.file(
        "a.dark.fits",
        make.image(ramp, unit=""),
        make.image(ramp[0, 0].astype("f4"), "AVDRKCUR", ""),
        REFTYPE="DARK",
    )
    view = view_file(path)
    assert [(line.name, line.form, line.unit, line.median) for line in view.arrays] == [
        ("AVDRKCUR", "12 × 12, float32", "DN/s", "0"),
        ("SCI", "2 × 3 × 12 × 12, integration 2 of 2, group 3 of 3, float32", "DN", "2"),
    ]
    assert [figure.title for figure in view.figures][::2] == [
        "AVDRKCUR",
        "SCI, integration 2 of 2, group 3 of 3",
    ]


def test_flags_are_counted_by_the_files_own_table(run, make):
    dq = np.zeros((20, 20))
    dq[0, :5], dq[1, :3] = 2, 3
    view = view_file(run.file("a.mask.fits", *make.flags(dq, "DO_NOT_USE", "HOT", "DEAD"), REFTYPE="MASK"))
    assert [(line.mnemonic, line.pixels) for line in view.flags] == [
        ("HOT", 8),
        ("DO_NOT_USE", 3),
        ("DEAD", 0),
    ]
    assert [text.partition(":")[0] for _, text in view.flag_map.legend] == [
        *("no flag", "flagged, but usable", "DO_NOT_USE")
    ]
    assert "flagged, but usable: 5" in view.flag_map.words
    assert view_file(run.file("b.mask.fits", *make.flags(dq * 0, "HOT"))).flag_map is None


def test_any_other_content_is_shown_too(run, make):
    table = np.array([(1, 2.5, "a")] * 10, dtype=[("BIN", "i4"), ("VALUE", "f8"), ("NAME", "S4")])
    hdus = [
        make.image(np.eye(3), "KERNEL", ""),
        make.image(np.eye(30), "MAP", "e-"),
        make.image(np.arange(100.0), "ROW"),
    ]
    view = view_file(run.file("a.odd.fits", *hdus, fits.BinTableHDU(table, name="BINS"), REFTYPE="ODD"))
    assert {line.name for line in view.arrays} == {"KERNEL", "MAP", "ROW"}
    assert {figure.title for figure in view.figures} == {"MAP"}
    kernel, bins = view.tables
    assert kernel.rows[0] == ("1", "0", "0")
    assert (bins.columns, bins.rows[0], len(bins.rows), bins.more) == (
        ("BIN", "VALUE", "NAME"),
        ("1", "2.5", "a"),
        8,
        2,
    )


def test_lines_of_history_that_fits_broke_are_put_together(run):
    lines = ["a" * 100, "b" * 71 + " c and more", "Short", "x" * 71, "Next"]
    path = run.file("a.readnoise.fits")
    with fits.open(path, mode="update") as hdus:
        for line in lines:
            hdus[0].header.add_history(line)
    assert view_file(path).history == tuple(lines)
    assert unbroken(()) == ()

"""What the page of a run tells of corrected images."""

import json

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.report.correction_view import text_of

HOSTILE = "<script>alert(1)</script>"
PNG = b"\x89PNG not really"


def write_image(path, data, unit="MJy/sr"):
    path.parent.mkdir(exist_ok=True)
    hdu = fits.ImageHDU(data.astype(np.float32), name="SCI")
    hdu.header["BUNIT"] = unit
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)


@pytest.fixture
def corrected(run):
    """A run that matched the levels of two images, the second of which was a level off and striped."""
    run.begin(jobs=1, labels=("level_match",))
    folder, noise = run.folder / "level_match", np.random.default_rng(1).normal(size=(40, 40))
    images = []
    for number, taken in enumerate((np.zeros((40, 40)), np.arange(40.0)[:, None] * np.ones(40))):
        name = f"e{number}_cal.fits"
        write_image(run.folder / "in" / name, noise + taken)
        write_image(folder / name, noise)
        images.append(
            {"role": f"I{number + 1}", "exposure": f"e{number}", "input": name, "output": name}
            | {"results": {"level (MJy/sr)": 0.5 * number, "state": HOSTILE}, "history": []}
            | {"status": {"fill": 0, "blank": 1200 * number, "flag": 0, "unflag": 0}}
        )
    (folder / "level_match.ab.pairs.png").write_bytes(PNG)
    document = {
        "mkrefs_correction": 1,
        "label": "level_match",
        "images": images,
        "results": {"reference": "e0", "pairs": [{"a": 1}], "residual": None},
        "history": ["Levels matched."],
        "warnings": ["One image stands apart."],
        "parameters": {"sigma": 3, "weights": ["a", "b"]},
        "figures": {"pairs": "level_match.ab.pairs.png", "gone": "gone.png"},
    }
    report = folder / "level_match.ab.correction.json"
    report.write_text(json.dumps(document))
    inputs = [str(run.folder / "in" / f"e{number}_cal.fits") for number in (0, 1)]
    for path in (*(folder / f"e{number}_cal.fits" for number in (0, 1)), report):
        run.append_correction(path, inputs)
    run.end()
    return run


def test_images_are_told_in_a_table_with_what_became_of_their_pixels(corrected, parsed):
    page = parsed(corrected.page())
    assert "Corrected images of run" in page.text
    assert "level_match: 2 images in 1 group" in page.text
    assert "image level (MJy/sr) state blanked e0 0 " in page.text
    assert "e1 0.5 <script>alert(1)</script> 1,200" in page.text
    assert "filled" not in page.text
    assert HOSTILE not in corrected.page()


def test_what_was_taken_away_is_drawn_where_it_varies(corrected):
    text = corrected.page()
    assert "e1, taken away" in text
    assert "e0, taken away" not in text
    assert "e0, corrected" in text


def test_words_figures_and_parameters_of_the_correction_are_there(corrected, parsed):
    text = corrected.page()
    for words in ("One image stands apart.", "Levels matched.", "1 warning", "reference", "a, b"):
        assert words in text
    sources = [each["src"] for each in parsed(text).all("img")]
    assert len(sources) == 1
    assert sources[0].startswith("data:image/png;base64,")


def test_a_failed_correction_is_told_with_its_reason(run, parsed):
    run.begin(jobs=1, labels=("level_match",))
    report = run.folder / "level_match" / "level_match.ab.correction.json"
    run.append_correction(report, (), state="failed", reason="no WCS")
    run.end(1)
    page = parsed(run.page())
    assert "level_match: 0 images in 1 group" in page.text
    assert "1 error" in page.text
    assert "no WCS" in page.text


def test_an_image_counts_in_the_group_that_made_it_last(corrected, parsed):
    folder = corrected.folder / "level_match"
    document = json.loads((folder / "level_match.ab.correction.json").read_text())
    for name, images in (("cd", document["images"][1:]), ("ef", document["images"])):
        report = folder / f"level_match.{name}.correction.json"
        report.write_text(json.dumps({**document, "images": images}))
        for path in (*(folder / image["output"] for image in images), report):
            corrected.append_correction(path, (), job=f"level_match-{name}")
        corrected.end()
        groups = {"cd": "2 groups", "ef": "1 group"}[name]
        assert f"level_match: 2 images in {groups}" in parsed(corrected.page()).text


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (1234567, "1,234,567"), (0.25, "0.25"), (["a", 1], "a, 1"), ({"x": 2}, "x 2"), ([], "–")],
)
def test_values_are_put_in_words(value, words):
    assert text_of(value) == words

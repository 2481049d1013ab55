"""The page in a browser: it looks as it should, at the width of a phone too, and nothing complains."""

import html
import re
import shutil
import subprocess

import numpy as np
import pytest
from matplotlib.image import imread

from mkrefs.report.colours import Scale, rgb

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: The width of a narrow phone, and that of a screen. No window is as narrow, but frame and screenshot are.
WIDTHS = (360, 1280)
#: Says in the title how wide each frame is, how wide what it holds, and where its first map lies.
MEASURE = """<script>
addEventListener("load", () => {
  document.title = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument.documentElement;
    const box = page.querySelector("figure svg svg").getBoundingClientRect();
    return [page.clientWidth, page.scrollWidth, box.left, box.top, box.width, box.height].join(" ");
  }).join(";");
});
</script>"""
LOW, HIGH = (rgb(Scale.EVEN.value.split()[place]) for place in (0, -1))
NO_VALUE = (25, 211, 243)
GROUND = (247, 247, 244)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium, chromium-browser or google-chrome on PATH"
)


@pytest.fixture
def browse(tmp_path):
    """Open a page in a window of some size; give what was printed, and what the browser said."""

    def opened(page, width, height, *options):
        done = subprocess.run(
            [
                *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},{height}"),
                *("--enable-logging=stderr", *options, page.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout, done.stderr

    return opened


@pytest.fixture
def page(run, make):
    """The page of a run whose map has a low left half, a high right half, and a corner without values."""
    image = np.where(np.arange(60) < 30, 1.0, 2.0) * np.ones((60, 1))
    image[:20, :20] = np.nan
    dq = np.zeros((60, 60))
    dq[::7, ::5] = 1
    run.begin(labels=("superbias",))
    wide = "a_very_long_name_of_a_file_without_any_place_to_break_" * 3
    path = run.file(f"{wide}.fits", make.image(image), *make.flags(dq, "DO_NOT_USE"), DESCRIP="x" * 60)
    run.job(path)
    columns = {"errors": [], "warnings": ["w" * 300], "notes": []}
    run.beside(path, "certify.json", columns)
    run.job(run.folder / "b.fits", "CreateJob", "failed", reason="word " * 60 + "/path" * 40, log="/l" * 90)
    run.end(status=1)
    run.page()
    return run.folder / "report.html"


@pytest.fixture
def places(browse, page, tmp_path):
    """Measure the page in frames of all widths: client width, page width, and the place of the first map."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    frame = '<iframe style="border:0" height="900" width="{}" srcdoc="{}"></iframe>'
    frames = "".join(frame.format(width, html.escape(text)) for width in WIDTHS)
    measured = tmp_path / "measured.html"
    measured.write_text(f"<!DOCTYPE html><title>none</title>{frames}{MEASURE}")
    printed, _ = browse(measured, 1700, 900, "--dump-dom")
    found = re.search(r"<title>([-\d. ;]+)</title>", printed)
    return [[float(number) for number in place.split()] for place in found[1].split(";")]


def test_the_page_is_drawn_as_it_should_be(browse, page, places, tmp_path):
    for width, (client, whole, *box) in zip(WIDTHS, places, strict=True):
        assert (client, whole) == (width, width)
        shot = tmp_path / f"{width}.png"
        _, said = browse(page, width, int(box[1] + box[3] + 60), f"--screenshot={shot}")
        assert "CONSOLE" not in said
        looks_right(np.round(imread(shot)[..., :3] * 255), width, *box)


def looks_right(pixels, width, left, top, wide, high):
    """Look at a screenshot: the colours of the map, the ground, and text above it."""

    def colour(column, row):
        """Give the colour at a place of the map, counted from its lower left corner from 0 to 1."""
        return pixels[int(top + (1 - row) * high), int(left + column * wide)]

    assert pixels.shape[1] == width
    np.testing.assert_allclose(colour(0.25, 0.7), LOW, atol=3)
    np.testing.assert_allclose(colour(0.75, 0.7), HIGH, atol=3)
    np.testing.assert_allclose(colour(0.15, 0.15), NO_VALUE, atol=3)
    np.testing.assert_allclose(pixels[2, 2], GROUND, atol=3)
    assert (pixels[: int(top)].sum(axis=-1) < 150).mean() > 0.002  # there is text


def test_what_the_browser_makes_of_the_page_is_what_was_written(browse, page, parsed):
    printed, said = browse(page, 1280, 900, "--dump-dom")
    assert "CONSOLE" not in said
    written, read = (
        parsed(page.read_text()),
        parsed(re.sub(r"<(image|rect|path)([^>]*)></\1>", r"<\1\2/>", printed)),
    )
    tags = [[tag for tag, _ in each.elements if tag != "tbody"] for each in (written, read)]
    assert tags[0] == tags[1]
    assert written.text == read.text


def test_console_errors_would_be_seen(browse, page, tmp_path):
    broken = tmp_path / "broken.html"
    broken.write_text(
        page.read_text().replace("</body>", '<img src="https://example.org/a.png" alt=""></body>')
    )
    _, said = browse(broken, 800, 600, f"--screenshot={tmp_path / 'broken.png'}")
    assert "CONSOLE" in said

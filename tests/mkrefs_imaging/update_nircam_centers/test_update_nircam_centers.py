"""Reference pixels go to the tabulated centres once, and only where the table is right."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mkrefs.testing import ArrayImage
from mkrefs_imaging.update_nircam_centers.centers import MARK, history_text
from mkrefs_imaging.update_nircam_centers.correction import UpdateNircamCentersCorrection
from mkrefs_imaging.update_nircam_centers.parameters import CentersParameters
from mkrefs_imaging.update_nircam_centers.table import filter_shifts, mask_centers

#: NRCA5_MASK335R with F444W: 150.2 + 0.177, 174.6 - 0.205.
CENTER = (150.377, 174.395)


def coronagraph(**header):
    said = {
        "INSTRUME": "NIRCAM",
        "EXP_TYPE": "NRC_CORON",
        "FILTER": "F444W",
        "APERNAME": "NRCA5_MASK335R",
        "CRPIX1": 157.5,
        "CRPIX2": 174.1,
    }
    return ArrayImage(np.zeros((3, 8, 8)), header=said | header, name="jw1_calints.fits")


def update(image, **parameters):
    corrected = UpdateNircamCentersCorrection().correct(
        {"I1": image}, CentersParameters(**parameters), Path()
    )
    return corrected.images["I1"], corrected.warnings


def test_the_reference_pixel_goes_to_the_centre_of_the_mask():
    corrected, warnings = update(coronagraph())
    assert corrected.shift == pytest.approx((CENTER[0] - 157.5, CENTER[1] - 174.1))
    assert corrected.arrays == {}
    assert warnings == ()
    assert corrected.history[0].startswith(MARK)
    assert "Leisenring" in corrected.history[0]


def test_it_is_done_once():
    image = coronagraph()
    first, _ = update(image)
    place = {"CRPIX1": 157.5 + first.shift[0], "CRPIX2": 174.1 + first.shift[1]}
    for header in (place, place | {"HISTORY": first.history[0]}):
        again, warnings = update(coronagraph(**header))
        assert again.shift == (0.0, 0.0)
        assert warnings == ()


def test_it_is_done_once_though_the_frames_have_moved_since():
    first, _ = update(coronagraph())
    broken = first.history[0].replace("reference pixel", "reference\n    pixel")
    header = {"CRPIX1": 160.5, "CRPIX2": 160.5, "HISTORY": f"{broken}\nrecenter_frames: done."}
    again, warnings = update(coronagraph(**header))
    assert again.shift == (0.0, 0.0)
    assert warnings == ()
    assert "done before" in again.history[0]


@pytest.mark.parametrize("label", ["recenter_frames", "align_frames", "pad_frames"])
def test_it_is_not_done_after_frames_have_moved(label):
    corrected, warnings = update(coronagraph(HISTORY=f"Something else.\n{label}: by 3 pixels."))
    assert corrected.shift == (0.0, 0.0)
    assert f"after {label}" in warnings[0]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"APERNAME": "NRCA5_FULL"}, "no aperture NRCA5_FULL"),
        ({"APERNAME": None}, "APERNAME is missing"),
        ({"FILTER": "F277W"}, "no filter F277W"),
        ({"FILTER": None}, "FILTER is missing"),
        ({"CRPIX1": None}, "no CRPIX1"),
        ({"CRPIX1": 237.5, "CRPIX2": 254.1}, "pixels from the tabulated centre"),
    ],
)
def test_what_the_table_does_not_tell_is_left_and_said(header, said):
    corrected, warnings = update(coronagraph(**header))
    assert corrected.shift == (0.0, 0.0)
    assert said in warnings[0]
    assert said in corrected.history[0]


def test_how_far_the_table_reaches_can_be_set():
    image = coronagraph(CRPIX1=100.0)
    assert update(image)[0].shift == (0.0, 0.0)
    assert update(image, max_offset=60.0)[0].shift[0] == pytest.approx(50.377)


@pytest.mark.parametrize("instrument", ["MIRI", "NIRISS"])
def test_other_instruments_are_left_and_told_so(instrument):
    corrected, warnings = update(coronagraph(INSTRUME=instrument))
    assert corrected.shift == (0.0, 0.0)
    assert warnings == ()
    assert f"exposure of {instrument}" in corrected.history[0]


def test_the_table_is_that_of_the_source():
    assert len(mask_centers()) == 22
    assert len(filter_shifts()) == 16
    assert (mask_centers()["NRCA2_MASK210R"].x, mask_centers()["NRCA2_MASK210R"].y) == (321.8, 331.5)
    assert filter_shifts()["F200W"] == (2.543, 4.119)
    assert filter_shifts()["F335M"] == (0.0, 0.0)


def test_measured_centres_are_within_pixels_of_the_siaf():
    for center in mask_centers().values():
        assert np.hypot(center.x - center.siaf_x, center.y - center.siaf_y) < 4


def test_tables_name_their_source():
    folder = Path(sys.modules[CentersParameters.__module__].__file__).parent
    for name in ("mask_centers.csv", "filter_shifts.csv"):
        comments = [line for line in (folder / name).read_text().splitlines() if line.startswith("#")]
        assert "spaceKLIP" in " ".join(comments)


def test_neither_table_nor_network_is_touched_by_an_import():
    code = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): raise SystemExit('network')\n"
        "socket.socket.connect = refuse\n"
        "import mkrefs_imaging.update_nircam_centers.correction\n"
        "import mkrefs_imaging.update_nircam_centers.table as t\n"
        "assert t.mask_centers.cache_info().currsize == 0\n"
        "assert 'pysiaf' not in sys.modules and 'astropy' not in sys.modules\n"
        "assert len(t.mask_centers()) == 22\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_history_is_one_text_however_it_comes():
    assert history_text({"HISTORY": "one\n    two"}) == "one two"
    assert history_text({"HISTORY": ["one", "two"]}) == "one two"
    assert history_text({}) == ""

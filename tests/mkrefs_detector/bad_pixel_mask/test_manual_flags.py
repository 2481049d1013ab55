"""Lists of manual flags: inclusive ranges, open ends, places on subarrays, and what is refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.api import UserError
from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata
from mkrefs_detector.bad_pixel_mask.manual_flags import manual_flags, read_list

WHOLE = dataclasses.replace(
    exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec()),
    xstart=1,
    ystart=1,
    xsize=20,
    ysize=10,
)


def flags_of(text, tmp_path, metadata=WHOLE, shape=(10, 20)):
    path = tmp_path / "flags.txt"
    path.write_text(text)
    return manual_flags(str(path), metadata, shape)


def test_ranges_include_both_ends_and_may_be_open(tmp_path):
    text = """# a list
 x      y     flag
 3      2     dead
 4:6    7     Low_QE     # three pixels
 18:    :     HOT
 :1     8:    hot
 :      9     RC
"""
    flags = flags_of(text, tmp_path)
    assert set(flags) == {"DEAD", "LOW_QE", "HOT", "RC"}
    assert np.argwhere(flags["DEAD"]).tolist() == [[2, 3]]
    assert np.argwhere(flags["LOW_QE"]).tolist() == [[7, 4], [7, 5], [7, 6]]
    hot = np.zeros((10, 20), dtype=bool)
    hot[:, 18:] = hot[8:, :2] = True
    np.testing.assert_array_equal(flags["HOT"], hot)
    assert flags["RC"][9].all()
    assert flags["RC"].sum() == 20


def test_places_are_those_of_the_detector(tmp_path):
    part = dataclasses.replace(WHOLE, xstart=11, ystart=6, xsize=5, ysize=5)
    flags = flags_of("9:12 7 DEAD\n0 0 HOT\n: : RC\n", tmp_path, part, (5, 5))
    assert np.argwhere(flags["DEAD"]).tolist() == [[2, 0], [2, 1], [2, 2]]
    assert "HOT" not in flags
    assert flags["RC"].all()


@given(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted),
    st.integers(1, 25),
    st.integers(1, 20),
)
def test_a_range_covers_what_it_says(ends, start, size):
    metadata = dataclasses.replace(WHOLE, xstart=start)
    entries = read_list(f"{ends[0]}:{ends[1]} 0 DEAD", "a test")
    assert entries[0].columns == tuple(ends)
    wanted = {x for x in range(ends[0], ends[1] + 1) if start - 1 <= x < start - 1 + size}
    from mkrefs_detector.bad_pixel_mask.manual_flags import _cut

    row = np.zeros(size, dtype=bool)
    row[_cut(entries[0].columns, metadata.xstart)] = True
    assert {int(x) + start - 1 for x in np.flatnonzero(row)} == wanted


@pytest.mark.parametrize("source", [None, "", "none", "None"])
def test_no_list_is_no_flag(source):
    assert manual_flags(source, WHOLE, (10, 20)) == {}


def test_the_default_list_is_that_of_the_detector():
    assert manual_flags("default", WHOLE, (10, 20)) == {}
    miri = dataclasses.replace(WHOLE, instrument="MIRI", detector="MIRIMAGE", xsize=1032)
    (name, pixels), *others = manual_flags("default", miri, (10, 1032)).items()
    assert (name, others) == ("UNRELIABLE_SLOPE", [])
    assert np.flatnonzero(pixels.all(axis=0)).tolist() == [384, 385]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("3 2", "line 2 of .* has 2 words"),
        ("3 2 wonky", "'wonky' is no DQ mnemonic"),
        ("a 2 DEAD", "'a' is no range"),
        ("5:3 2 DEAD", "'5:3' is no range"),
        ("-1 2 DEAD", "'-1' is no range"),
        ("1:2:3 2 DEAD", "'1:2:3' is no range"),
    ],
)
def test_lines_that_are_not_understood_are_named(line, message, tmp_path):
    with pytest.raises(UserError, match=message):
        flags_of(f"x y flag\n{line}\n", tmp_path)


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"manual_flag_file: .*nowhere\.txt cannot be read"):
        manual_flags(str(tmp_path / "nowhere.txt"), WHOLE, (10, 20))

"""Files are laid over one another, compared by planes, and mapped."""

import gzip
import shutil

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.comparison.compare_files import compare_files
from mkrefs.comparison.previous import Previous
from mkrefs.comparison.reasons import Level
from mkrefs.errors import UserError
from mkrefs.instruments.dq import PIXEL_DQ

RNG = np.random.default_rng(1)
NOISE = RNG.normal(12.0, 1.0, (16, 24)).astype(np.float32)


@pytest.fixture
def compare(tmp_path):
    """Compare two files; give the report and the maps by EXTNAME."""

    def compare(new, previous):
        maps = tmp_path / "maps.fits"
        report = compare_files(new, Previous(previous, "given"), maps, where=str(previous))
        with fits.open(maps) as hdus:
            return report, {hdu.name: (hdu.header, hdu.data) for hdu in hdus}

    return compare


def test_maps_are_differences_and_ratios_with_their_story(reference, compare):
    after = NOISE.copy()
    after[2, 3], before = np.nan, NOISE * 0.5
    before[4, 5] = 0.0
    new = reference("new.fits", "READNOISE", {"SCI": after}, {"SCI": "DN"}, FASTAXIS=-1)
    report, maps = compare(new, reference("old.fits", "READNOISE", {"SCI": before}, {"SCI": "DN"}))
    assert report.maps == "maps.fits"
    assert list(maps) == ["PRIMARY", "DIFFERENCE_SCI", "RATIO_SCI"]
    header, difference = maps["DIFFERENCE_SCI"]
    assert (header["BUNIT"], header["OPERAT"]) == ("DN", "new - previous")
    assert difference.dtype == np.dtype(">f4")
    np.testing.assert_allclose(difference, after - before)
    ratio = maps["RATIO_SCI"][1]
    assert np.isnan(ratio[2, 3])
    assert np.isnan(ratio[4, 5])
    assert np.nanmedian(ratio) == 2.0
    told = maps["PRIMARY"][0]
    assert (told["NEWFILE"], told["PREVFILE"], told["FASTAXIS"]) == ("new.fits", "old.fits", -1)
    assert (told["SUBSTRT1"], told["SUBSTRT2"], told["SUBSIZE1"], told["SUBSIZE2"]) == (101, 201, 24, 16)
    assert "REFTYPE" not in told


def test_equal_files_have_no_maps(reference, compare):
    old = reference("old.fits", "GAIN", {"SCI": NOISE})
    report, maps = compare(reference("new.fits", "GAIN", {"SCI": NOISE}, AUTHOR="me"), old)
    assert report.verdict is not None
    assert report.verdict.verdict is Level.EQUAL
    assert report.maps == ""
    assert list(maps) == ["PRIMARY"]


@pytest.mark.parametrize("larger", ["new", "previous"])
def test_a_subarray_is_compared_with_its_part_of_the_larger_array(reference, compare, larger):
    part = reference("part.fits", "READNOISE", {"SCI": NOISE[3:11, 5:9]}, SUBSTRT1=106, SUBSTRT2=204)
    whole = reference("whole.fits", "READNOISE", {"SCI": NOISE + 1})
    files = (whole, part) if larger == "new" else (part, whole)
    report, maps = compare(*files)
    assert report.comparison is not None
    assert report.comparison.place == "columns 106 to 109, rows 204 to 211 of the detector"
    found = report.comparison.arrays["SCI"]
    assert found.size == 32
    assert found.difference is not None
    assert found.difference.median == pytest.approx(1.0 if larger == "new" else -1.0, abs=1e-5)
    assert found.largest is not None
    assert NOISE[3:11, 5:9].shape == maps["DIFFERENCE_SCI"][1].shape
    assert found.largest.index >= ((3, 5) if larger == "new" else (0, 0))
    assert maps["PRIMARY"][0]["SUBSTRT1"] == 106


def test_files_without_a_pixel_in_common_are_refused(reference, compare):
    old = reference("old.fits", "READNOISE", {"SCI": NOISE}, SUBSTRT1=901)
    with pytest.raises(UserError, match=r"lies at columns 901 to 924.*they have no pixel in common"):
        compare(reference("new.fits", "READNOISE", {"SCI": NOISE}), old)


def ramp(groups, rate=2.0):
    return (np.arange(groups)[:, None, None] * rate + NOISE).astype(np.float32)


def test_darks_are_compared_by_their_last_group_and_their_rate(reference, compare):
    old = reference("old.fits", "DARK", {"SCI": ramp(5), "DQ": np.zeros((16, 24), np.uint32)}, TGROUP=2.0)
    new = reference(
        "new.fits", "DARK", {"SCI": ramp(4, 3.0), "DQ": np.zeros((16, 24), np.uint32)}, TGROUP=2.0
    )
    report, maps = compare(new, old)
    assert report.comparison is not None
    arrays = report.comparison.arrays
    assert list(arrays) == ["SCI", "SCI_LAST", "SCI_RATE"]
    assert (arrays["SCI"].size, arrays["SCI"].shape, arrays["SCI"].previous_shape) == (
        None,
        (4, 16, 24),
        (5, 16, 24),
    )
    assert arrays["SCI_LAST"].title == "group 4"
    np.testing.assert_allclose(maps["DIFFERENCE_SCI_LAST"][1], 3.0, atol=1e-5)
    assert maps["DIFFERENCE_SCI_RATE"][0]["BUNIT"] == "DN/s"
    np.testing.assert_allclose(maps["DIFFERENCE_SCI_RATE"][1], 0.5, atol=1e-5)
    assert maps["DIFFERENCE_SCI_RATE"][0]["PLANE"] == "mean rate over 4 groups"


@pytest.mark.parametrize(
    ("ours", "theirs", "unit", "rate"),
    [
        ({"TGROUP": 4.0}, {"TGROUP": 2.0}, "DN/s", -0.5),
        ({"NFRAMES": 1, "GROUPGAP": 1}, {"NFRAMES": 1}, "DN/frame", -1.0),
    ],
)
def test_darks_of_other_times_are_compared_by_their_rate_alone(reference, compare, ours, theirs, unit, rate):
    old = reference("old.fits", "DARK", {"SCI": ramp(3)}, **theirs)
    _, maps = compare(reference("new.fits", "DARK", {"SCI": ramp(3)}, **ours), old)
    assert list(maps) == ["PRIMARY", "DIFFERENCE_SCI_RATE", "RATIO_SCI_RATE"]
    assert maps["DIFFERENCE_SCI_RATE"][0]["BUNIT"] == unit
    np.testing.assert_allclose(maps["DIFFERENCE_SCI_RATE"][1], rate, atol=1e-5)


def test_integrations_and_their_flags(reference, compare):
    """MIRI's darks: each integration has planes of its own, a pixel the flags of all."""
    flags = np.zeros((2, 1, 16, 24), np.uint32)
    flags[1, 0, 2, 2] = PIXEL_DQ["HOT"]
    old = reference("old.fits", "DARK", {"SCI": np.stack([ramp(3), ramp(3)]), "DQ": flags * 0})
    new = reference("new.fits", "DARK", {"SCI": np.stack([ramp(3), ramp(3, 4.0)]), "DQ": flags})
    report, maps = compare(new, old)
    assert report.comparison is not None
    arrays = report.comparison.arrays
    assert list(arrays) == ["SCI", *(f"SCI_INT{n}_{what}" for n in (1, 2) for what in ("LAST", "RATE"))]
    assert arrays["SCI_INT1_RATE"].equal
    assert arrays["SCI"].largest is not None
    assert arrays["SCI"].largest.index[:2] == (1, 2)
    assert "DIFFERENCE_SCI_INT1_LAST" not in maps
    assert maps["DIFFERENCE_SCI_INT2_RATE"][0]["BUNIT"] == "DN/group"
    assert report.comparison.flags.flags["HOT"].set == 1
    assert maps["DQ_SET"][1][2, 2] == PIXEL_DQ["HOT"]


def test_linearity_is_compared_by_what_it_corrects(reference, compare):
    def coefficients(*values):
        return np.array(values, np.float32)[:, None, None] * np.ones((1, 16, 24), np.float32)

    old = reference("old.fits", "LINEARITY", {"COEFFS": coefficients(0, 1, 2e-6)})
    report, maps = compare(reference("new.fits", "LINEARITY", {"COEFFS": coefficients(0, 1, 1e-6, 0)}), old)
    assert report.comparison is not None
    corrected = report.comparison.arrays["COEFFS_AT_30000"]
    assert corrected.new is not None
    assert corrected.previous is not None
    assert (corrected.new.median, corrected.previous.median) == pytest.approx((30900.0, 31800.0))
    assert corrected.unit == "DN"
    assert not report.comparison.arrays["COEFFS_2"].judged
    assert {"DIFFERENCE_COEFFS_2", "DIFFERENCE_COEFFS_AT_30000"} <= set(maps)
    assert "DIFFERENCE_COEFFS_1" not in maps


def test_other_cubes_are_compared_plane_by_plane_kernels_and_tables_as_they_are(reference, compare):
    table = np.array([(1.0, 2), (3.0, 4)], dtype=[("VALUE", "f8"), ("NUMBER", "i4")])
    cube = np.ones((2, 2, 3, 3), np.float32)
    old = reference("old.fits", "IPC", {"SCI": cube, "PARS": table})
    other = cube.copy()
    other[1, 0, 1, 1] = 1.001
    table["VALUE"][1] = 9.0
    report, maps = compare(reference("new.fits", "IPC", {"SCI": other, "PARS": table}), old)
    assert report.comparison is not None
    arrays = report.comparison.arrays
    assert [name for name, array in arrays.items() if not array.equal] == ["SCI", "SCI_1_0", "PARS.VALUE"]
    assert [name for name in maps if name != "PRIMARY"] == ["DIFFERENCE_SCI_1_0", "RATIO_SCI_1_0"]
    assert report.verdict is not None
    assert report.verdict.sentences[0] == (
        "PARS.VALUE: the largest change is 200.00% of the largest value (limit 1%)."
    )


def test_what_one_file_lacks_is_named_a_table_as_one(reference, compare):
    table = np.array([(1.0, 2)], dtype=[("VALUE", "f8"), ("NUMBER", "i4")])
    old = reference("old.fits", "GAIN", {"SCI": NOISE, "BOXES": table[["VALUE"]].copy(), "ERR": NOISE})
    new = reference("new.fits", "GAIN", {"SCI": NOISE, "BOXES": table, "FITS": table})
    report, _ = compare(new, old)
    assert report.comparison is not None
    assert report.comparison.only_new == ("BOXES.NUMBER", "FITS")
    assert report.comparison.only_previous == ("ERR",)


def test_compressed_files_and_files_without_dq_def_are_read(reference, compare, tmp_path):
    bits = np.zeros((16, 24), np.uint32)
    old = reference("old.fits", "MASK", {"DQ": bits})
    bits[0, 0] = PIXEL_DQ["DEAD"]
    new = reference("new.fits", "MASK", {"DQ": bits}, flags=("DEAD",))
    with new.open("rb") as plain, gzip.open(tmp_path / "new.fits.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    report, _ = compare(tmp_path / "new.fits.gz", old)
    assert report.comparison is not None
    assert report.comparison.flags.flags["DEAD"].set == 1


@pytest.mark.parametrize("length", [0, 3000, 4000, 6000])
def test_damaged_files_are_told_in_a_sentence(reference, compare, tmp_path, length):
    new = reference("new.fits", "READNOISE", {"SCI": NOISE})
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(new.read_bytes()[:length])
    with pytest.raises(UserError, match=r"damaged\.fits: this cannot be read as a reference file"):
        compare(new, damaged)


def test_a_file_without_arrays_is_refused(reference, compare):
    empty = reference("new.fits", "EMICORR", {})
    with pytest.raises(UserError, match=r"new\.fits holds nothing that can be compared"):
        compare(empty, empty)


def test_names_that_fits_cannot_hold_are_written_by_numbers(reference, compare):
    new = reference("größe.fits", "READNOISE", {"SCI": NOISE})
    report, maps = compare(new, reference("old.fits", "READNOISE", {"SCI": NOISE + 1}))
    assert report.file == "größe.fits"
    assert maps["PRIMARY"][0]["NEWFILE"] == r"gr\xf6\xdfe.fits"
    assert (
        compare_files(new, Previous(None, "none"), new.with_name("maps.fits"), where="").file == report.file
    )


def test_a_table_of_signed_numbers_defines_the_highest_bit(reference, compare):
    flags = np.zeros(NOISE.shape, np.uint32)
    flags[1, 2] = 1 << 31
    arrays = {"SCI": NOISE, "DQ": flags.view(np.int32)}
    paths = [reference(name, "READNOISE", arrays) for name in ("new.fits", "old.fits")]
    rows = np.array([(31, -(2**31), "REFERENCE_PIXEL")], [("BIT", "i4"), ("VALUE", "i4"), ("NAME", "S40")])
    for path in paths:
        fits.append(path, rows, fits.Header({"EXTNAME": "DQ_DEF"}))
    report, _ = compare(*paths)
    assert report.comparison is not None
    found = report.comparison.flags.flags["REFERENCE_PIXEL"]
    assert (found.before, found.after, found.kept) == (1, 1, 1)

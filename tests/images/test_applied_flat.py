"""The flat field of an image: found by its header, cut to its subarray, NaN where it is not known."""

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import FlatModel

from mkrefs.errors import UserError
from mkrefs.images.fits_image import FitsImage
from mkrefs.jobs.crds_state import CrdsState

NAME = "jwst_nircam_flat_0001.fits"
FULL = np.random.default_rng(2).uniform(0.9, 1.1, (100, 120)).astype(np.float32)
WINDOW = {"SUBSTRT1": 11, "SUBSTRT2": 21, "SUBSIZE1": 64, "SUBSIZE2": 48}


@pytest.fixture
def write_flat(tmp_path):
    def write(path, data=FULL, corner=(1, 1)):
        path.parent.mkdir(parents=True, exist_ok=True)
        dq = np.zeros(data.shape, np.uint32)
        dq[30, 20], dq[31, 20] = 1 << 18, 1 << 25  # NO_FLAT_FIELD, UNRELIABLE_FLAT
        table = [
            (0, 1, "DO_NOT_USE", ""),
            (18, 1 << 18, "NO_FLAT_FIELD", ""),
            (25, 1 << 25, "UNRELIABLE_FLAT", ""),
        ]
        model = FlatModel(data=data, dq=dq)
        kinds = [("BIT", "u4"), ("VALUE", "u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")]
        model.dq_def = np.array(table, dtype=kinds)
        model.meta.subarray.xstart, model.meta.subarray.ystart = corner
        model.save(str(path))
        return path

    return write


def divided(**keywords):
    return {"S_FLAT": "COMPLETE", "INSTRUME": "NIRCAM", **keywords}


@pytest.mark.parametrize("folder", ["references/jwst/nircam", "references/jwst"])
def test_the_file_is_found_in_the_crds_cache_and_cut(bare_file, write_flat, tmp_path, folder):
    holed = FULL.copy()
    holed[40, 20], holed[41, 20] = np.nan, 0.0
    write_flat(tmp_path / "crds" / folder / NAME, holed)
    path = bare_file(primary=divided(R_FLAT=f"crds://{NAME}", **WINDOW))
    flat = FitsImage(path, crds=CrdsState(str(tmp_path / "crds"))).flat()
    expected = FULL[20:68, 10:74].copy()
    expected[[10, 20, 21], 10] = np.nan
    np.testing.assert_array_equal(flat, expected)
    assert flat.dtype == np.dtype(np.float32)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_plain_path_serves_too(bare_file, write_flat, tmp_path, absolute):
    flat = write_flat(tmp_path / "references" / "my_flat.fits", FULL[:48, :64])
    named = str(flat) if absolute else "references/my_flat.fits"
    image = FitsImage(bare_file(primary=divided(R_FLAT=named)))
    found = image.flat()
    assert np.isnan(found[30, 20])
    assert found[31, 20] == FULL[31, 20]


def test_a_flat_of_a_subarray_counts_from_its_own_corner(bare_file, write_flat, tmp_path):
    flat = write_flat(tmp_path / "flat.fits", FULL, corner=(6, 11))
    image = FitsImage(bare_file(primary=divided(R_FLAT=str(flat), **WINDOW)))
    np.testing.assert_array_equal(np.delete(image.flat(), 10 + 10, 0), np.delete(FULL[10:58, 5:69], 20, 0))


@pytest.mark.parametrize("status", [{}, {"S_FLAT": "SKIPPED"}])
def test_an_image_that_was_not_divided_has_none(bare_file, status):
    assert FitsImage(bare_file(primary={"R_FLAT": f"crds://{NAME}", **status})).flat() is None


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({}, "R_FLAT does not say by which"),
        ({"R_FLAT": "N/A"}, "R_FLAT does not say by which"),
        ({"R_FLAT": f"crds://{NAME}"}, f"crds://{NAME}, is not at hand; set CRDS_PATH to a CRDS cache"),
        ({"R_FLAT": "/nowhere/flat.fits"}, "/nowhere/flat.fits, is not at hand"),
    ],
)
def test_a_flat_that_is_not_at_hand_is_told(bare_file, keywords, said):
    with pytest.raises(UserError, match=said):
        FitsImage(bare_file(primary=divided(**keywords))).flat()


@pytest.mark.parametrize("window", [{}, {**WINDOW, "SUBSTRT1": 90}, {**WINDOW, "SUBSIZE2": 40}])
def test_a_flat_that_does_not_cover_the_image_is_told(bare_file, write_flat, tmp_path, window):
    flat = write_flat(tmp_path / "flat.fits")
    with pytest.raises(
        UserError, match=r"tile1_cal\.fits has 64 x 48 pixels, and its flat field flat\.fits gives"
    ):
        FitsImage(bare_file(primary=divided(R_FLAT=str(flat), **window))).flat()

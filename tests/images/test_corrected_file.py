"""A corrected image is the image it came from but for what was corrected; its WCS goes along."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import CorrectedImage
from mkrefs.errors import UserError
from mkrefs.images.corrected_file import CorrectedFile, header_lines, write_corrected
from mkrefs.images.fits_image import FitsImage

#: What is made anew for each file.
OWN = ("DATE", "FILENAME", "HISTORY", "COMMENT", "")


def cards(path, extension):
    header = fits.getheader(path, extension)
    return {key: header[key] for key in header if key not in OWN}


def arrays(path):
    with fits.open(path) as hdus:
        return {(hdu.name, hdu.ver): np.array(hdu.data) for hdu in hdus[1:] if hdu.name != "ASDF"}


@pytest.fixture
def corrected(tmp_path):
    def make(source, *history, **changes):
        output = tmp_path / "run" / source.name
        output.parent.mkdir(exist_ok=True)
        write_corrected([CorrectedFile(source, output, CorrectedImage(**changes), history)])
        return output

    return make


def test_what_is_not_corrected_stays_bit_for_bit(model_file, corrected):
    source = model_file(FILTER="F444W")
    with fits.open(source, mode="update") as hdus:
        hdus[0].header["READPATT"] = "NO SUCH PATTERN"
        hdus[0].header["MYWORD"] = 3
        hdus["ERR"].header["MYUNIT"] = "K"
        hdus.append(fits.ImageHDU(np.ones((3, 4)), name="MINE", ver=1))
        hdus.append(fits.ImageHDU(np.full((3, 4), 2.0), name="MINE", ver=2))
    new = FitsImage(source).array("data") + np.float32(1.0)
    output = corrected(source, "level 1.0", arrays={"data": new})
    before, after = arrays(source), arrays(output)
    np.testing.assert_array_equal(after.pop(("SCI", 1)), new)
    del before["SCI", 1]
    assert before.keys() == after.keys()
    for key, array in before.items():
        assert array.tobytes() == after[key].tobytes()
    for extension in (0, "SCI", "ERR", "DQ"):
        assert cards(output, extension) == cards(source, extension)
    assert list(fits.getheader(output)["HISTORY"]) == ["made by hand", "level 1.0"]
    with FitsImage(source).model() as one, FitsImage(output).model() as other:
        assert other.meta.filename == output.name
        x, y = np.meshgrid(np.arange(0, 64, 9), np.arange(0, 48, 7))
        np.testing.assert_array_equal(one.meta.wcs(x, y), other.meta.wcs(x, y))
        facts, others = (each.to_flat_dict(include_arrays=False) for each in (one, other))
        changed = {key for key in facts | others if facts.get(key) != others.get(key)}
        assert {key for key in changed if key.startswith("meta.")} <= {"meta.date", "meta.wcs"}


def test_a_header_that_the_data_model_does_not_take_stays_as_it_is(model_file, corrected):
    source = model_file(FILTER="F444W", NGROUPS=5)
    with fits.open(source, mode="update") as hdus:
        hdus[0].header.update({"FILTER": "F999W", "NGROUPS": "many"})
        hdus[0].header["NOVALUE"] = (fits.card.Undefined(), "left empty")
        hdus["SCI"].header.add_history("made of two readouts")
        hdus.append(fits.ImageHDU(np.full((48, 64), 0.5), name="MASK"))
    output = corrected(source, "moved", shift=(1.0, 0.0), metadata={"exposure.nints": 7})
    header = fits.getheader(output)
    assert (header["FILTER"], header["NGROUPS"], header["NINTS"]) == ("F999W", "many", 7)
    assert isinstance(header.cards["NOVALUE"].value, fits.card.Undefined)
    assert list(fits.getheader(output, "SCI")["HISTORY"]) == ["made of two readouts"]
    assert fits.getdata(output, "MASK").dtype == np.dtype(">f8")
    once = output.rename(output.with_name("once_cal.fits"))
    again = corrected(once, metadata={"instrument.filter": "F356W"})
    assert fits.getheader(again)["FILTER"] == "F356W"


def test_no_array_is_invented_for_an_image_with_little(bare_file, corrected):
    source = bare_file(primary={"DETECTOR": "MY CAMERA"})
    output = corrected(source, "flagged", arrays={"dq": np.ones((48, 64), np.uint32)})
    assert FitsImage(output).arrays == {"data", "dq"}
    assert cards(source, "SCI").items() <= {**cards(output, "SCI"), "BITPIX": -64}.items()
    assert fits.getheader(output)["DETECTOR"] == "MY CAMERA"
    x, y = np.array([-5.0, 30.0, 80.0]), np.array([50.0, 20.0, -9.0])
    np.testing.assert_array_equal(FitsImage(output).sky.to_sky(x, y), FitsImage(source).sky.to_sky(x, y))


@pytest.mark.parametrize("kind", ["model", "bare"])
def test_a_shift_moves_the_wcs_and_nothing_else(kind, model_file, bare_file, corrected):
    source = model_file(CRPIX1=31.0, CRPIX2=21.0) if kind == "model" else bare_file(S_REGION="CIRCLE 1 2 3")
    output = corrected(source, shift=(1.5, -2.25))
    before, after = FitsImage(source), FitsImage(output)
    x, y = np.array([-5.0, 30.0, 80.0]), np.array([50.0, 20.0, -9.0])
    np.testing.assert_allclose(
        after.sky.to_sky(x + 1.5, y - 2.25), before.sky.to_sky(x, y), rtol=0, atol=1e-11
    )
    assert after.header["CRPIX1"] == before.header["CRPIX1"] + 1.5
    assert after.header["CRPIX2"] == before.header["CRPIX2"] - 2.25
    assert after.header["S_REGION"] == before.header["S_REGION"]
    np.testing.assert_array_equal(after.array("data"), before.array("data"))
    if kind == "model":
        with after.model() as model:
            assert model.meta.wcs.bounding_box.bounding_box(order="F") == ((-0.5, 63.5), (-0.5, 47.5))


def test_shifts_add_up_along_a_chain(model_file, corrected, tmp_path):
    source = model_file()
    once = corrected(source, shift=(1.0, 0.5))
    write_corrected(
        [CorrectedFile(once, tmp_path / "twice_cal.fits", CorrectedImage(shift=(-0.25, 2.0)), ())]
    )
    sky = FitsImage(tmp_path / "twice_cal.fits").sky
    np.testing.assert_allclose(
        np.ravel(sky.to_sky(10.75, 22.5)), np.ravel(FitsImage(source).sky.to_sky(10.0, 20.0)), atol=1e-11
    )


@pytest.mark.parametrize("planes", [0, 2])
def test_padding_goes_round_all_arrays_and_the_wcs_goes_along(planes, model_file, corrected):
    source = model_file(planes=planes, SUBSIZE1=64, SUBSIZE2=48)
    with fits.open(source, mode="update") as hdus:
        hdus.append(fits.ImageHDU(np.ones((48, 64)), name="MINE"))
    before = FitsImage(source)
    lead = ((0, 0),) if planes else ()
    data = np.pad(before.array("data"), (*lead, (7, 11), (3, 5)), constant_values=5.0)
    output = corrected(source, arrays={"data": data}, pad=(3, 5, 7, 11), shift=(0.5, 0.0))
    after = FitsImage(output)
    assert after.shape == ((planes,) if planes else ()) + (66, 72)
    assert after.arrays == before.arrays
    np.testing.assert_array_equal(after.array("data"), data)
    for name in before.arrays - {"data"}:
        array = after.array(name)
        np.testing.assert_array_equal(array[..., 7:55, 3:67], before.array(name))
        added = np.ones(array.shape, bool)
        added[..., 7:55, 3:67] = False
        np.testing.assert_array_equal(array[added], 1 if name == "dq" else np.nan)
    with fits.open(output) as hdus:
        assert hdus["MINE"].shape == (66, 72)
        assert (hdus[0].header["SUBSIZE1"], hdus[0].header["SUBSIZE2"]) == (64, 48)
    sky = np.ravel(before.sky.to_sky(10.0, 20.0))
    np.testing.assert_allclose(np.ravel(after.sky.to_sky(13.5, 27.0)), sky, atol=1e-11)
    with after.model() as model:
        assert model.meta.wcs.bounding_box.bounding_box(order="F") == ((-0.5, 71.5), (-0.5, 65.5))


def test_a_bounding_box_within_the_array_moves_with_what_it_encloses(model_file, corrected):
    source = model_file()
    with FitsImage(source).model() as model:
        model.meta.wcs.bounding_box = ((9.5, 63.5), (-0.5, 29.5))
        model.save(str(source))
    with FitsImage(corrected(source, pad=(4, 6, 2, 2))).model() as model:
        assert model.meta.wcs.bounding_box.bounding_box(order="F") == ((13.5, 73.5), (-0.5, 31.5))


def test_metadata_go_where_the_data_model_has_them(model_file, corrected):
    output = corrected(
        model_file(), metadata={"background.level": np.float64(0.5), "cal_step.outlier_detection": "COMPLETE"}
    )
    assert (fits.getval(output, "BKGLEVEL"), fits.getval(output, "S_OUTLIR")) == (0.5, "COMPLETE")


def test_metadata_that_the_data_model_refuses_make_no_file(model_file, corrected, tmp_path):
    with pytest.raises(
        UserError, match=r"sets the metadata 'cal_step.photom' to 3, which the data model does not"
    ):
        corrected(model_file(), metadata={"cal_step.photom": 3})
    assert not (tmp_path / "run").exists() or not list((tmp_path / "run").iterdir())


def test_the_path_of_a_flat_field_still_leads_to_it(bare_file, corrected, tmp_path):
    (tmp_path / "flat.fits").touch()
    output = corrected(bare_file(primary={"R_FLAT": "flat.fits"}))
    assert fits.getval(output, "R_FLAT") == str(tmp_path / "flat.fits")


def test_lines_are_broken_at_words_and_fit_a_header():
    text = "  parameters: " + " ".join(f"value{number}" for number in range(20)) + "\nµ second"
    lines = header_lines([text])
    assert all(len(line) <= 72 for line in lines)
    assert lines[0].startswith("  parameters: value0")
    assert lines[1].startswith("    value")
    assert lines[-1] == "? second"


@pytest.mark.parametrize("name", ["SCI", "ERR", "DQ"])
def test_extensions_named_in_small_letters_are_there_once(model_file, corrected, name):
    source = model_file()
    with fits.open(source, mode="update") as hdus:
        hdus[name].header["EXTNAME"] = name.lower()
    new = FitsImage(source).array("data") + np.float32(1.0)
    output = corrected(source, arrays={"data": new})
    np.testing.assert_array_equal(FitsImage(output).array("data"), new)
    with fits.open(output) as hdus:
        names = [hdu.name.upper() for hdu in hdus]
    assert len(names) == len(set(names))

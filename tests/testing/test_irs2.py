"""NIRSpec's IRS2 frames are laid out as the pipeline takes them apart."""

from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.errors import UserError
from mkrefs.instruments.irs2 import IRS2_SHAPE, irs2_rows
from mkrefs.testing import DetectorTruth, Effects, ExposureSpec, simulate_exposure, simulate_ramp
from mkrefs.testing.raw_frame import RawFrame


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
def test_science_rows_are_those_that_the_pipeline_keeps(detector):
    from jwst.refpix.irs2_subtract_reference import make_irs2_mask, strip_ref_pixels

    rows = np.broadcast_to(np.arange(IRS2_SHAPE[0])[:, None], (IRS2_SHAPE[0], 2)).astype(np.uint32)
    instrument = SimpleNamespace(detector=detector)
    model = SimpleNamespace(meta=SimpleNamespace(instrument=instrument), pixeldq=rows, groupdq=rows[None])
    strip_ref_pixels(model, make_irs2_mask(*IRS2_SHAPE, 16, 4))
    np.testing.assert_array_equal(model.pixeldq[:, 0], irs2_rows(detector).science)


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
def test_each_output_reads_its_rows_and_their_references(detector):
    rows = irs2_rows(detector)
    np.testing.assert_array_equal(rows.output[rows.science], np.arange(2048) // 512)
    assert np.bincount(rows.output).tolist() == [640] * 5
    assert (rows.output[0 if detector == "NRS1" else -1]) == 4


def test_a_frame_holds_the_pixels_of_the_detector_between_references():
    truth = DetectorTruth("NRS2", "FULL", effects=Effects.only("bias", "dark_current", "hot"))
    raw = simulate_ramp(truth, ExposureSpec(readpatt="NRSIRS2RAPID", ngroups=1))
    plain = simulate_ramp(truth, ExposureSpec(readpatt="NRSRAPID", ngroups=1))
    assert raw.data.shape == (1, 1, *IRS2_SHAPE)
    assert raw.metadata.ysize == 2048
    science = irs2_rows("NRS2").science
    more = raw.data[0, 0, science].astype(int) - plain.data[0, 0]  # the frame takes longer
    assert (more >= 0).all()
    assert more[truth.normal].max() <= 2
    others = np.delete(raw.data[0, 0], science, axis=0)
    np.testing.assert_array_equal(others, round(truth.strengths.bias))


def test_drifts_are_shared_by_the_pixels_and_references_of_an_output():
    truth = DetectorTruth("NRS1", "FULL", effects=Effects.only("amplifier_drift"))
    frame = RawFrame(truth, "NRSIRS2")
    assert frame.outputs == 5
    levels = simulate_ramp(truth, ExposureSpec(readpatt="NRSIRS2", ngroups=1)).data[0, 0, :, 0]
    for output in range(5):
        for parity in range(2):
            same = (frame.layout.amplifier[:, 0] == output) & (frame.layout.parity[:, 0] == parity)
            assert np.unique(levels[same]).size == 1
    assert np.unique(levels).size > 1


def test_the_header_tells_how_frames_are_interleaved(tmp_path):
    truth = DetectorTruth("NRS1", "FULL", effects=Effects())
    header = fits.getheader(simulate_exposure(truth, ExposureSpec(readpatt="NRSIRS2", ngroups=1), tmp_path))
    told = {"READPATT": "NRSIRS2", "NRS_NORM": 16, "NRS_REF": 4, "NOUTPUTS": 5, "NFRAMES": 5}
    assert {key: header[key] for key in told} == told
    assert (header["SUBSIZE1"], header["SUBSIZE2"]) == (2048, 2048)
    assert header["TFRAME"] == pytest.approx(14.5889, abs=1e-4)


def test_subarrays_are_not_read_so():
    with pytest.raises(UserError, match="NRSIRS2 reads only FULL; use NRSRAPID or NRS for SUB512"):
        simulate_ramp(DetectorTruth("NRS1", "SUB512"), ExposureSpec(readpatt="NRSIRS2"))

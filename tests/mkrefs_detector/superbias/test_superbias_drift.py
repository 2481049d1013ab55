"""Drifts of amplifiers and columns, as the reference pixels show them."""

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata
from mkrefs.testing.readout import window_layout
from mkrefs_detector.superbias import measure_superbias, streaming
from mkrefs_detector.superbias.channels import read_channels
from mkrefs_detector.superbias.drift import measure_drift
from mkrefs_detector.superbias.reference_map import map_reference_pixels

SIGMA = 5.0


def drifting(nsamples, drift, *, rows=64, columns=80, seed=1):
    """Samples whose even and odd columns drift by themselves; four rows are reference pixels."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0, drift, (nsamples, 1, 1, 2))
    ramp = rng.normal(0, SIGMA, (nsamples, 1, rows, columns)) + 12000.0
    ramp += np.tile(offsets, (1, 1, 1, columns // 2))
    reference = np.zeros((rows, columns), dtype=bool)
    reference[:4] = True
    return ramp, reference, offsets[:, 0, 0]


@pytest.fixture(scope="module")
def parity():
    """Even and odd columns of one amplifier."""
    truth = DetectorTruth("NRCB1", "SUB64P")
    return read_channels(exposure_metadata(truth, ExposureSpec()), (64, 80))


@pytest.mark.parametrize(
    ("detector", "subarray"),
    [
        ("NRCA1", "SUB160"),
        ("NRCB1", "SUB64P"),
        ("NIS", "SUB64"),
        ("GUIDER2", "SUB128LL"),
        ("NRS1", "SUB512S"),
    ],
)
def test_channels_are_what_the_detector_reads_together(detector, subarray):
    truth = DetectorTruth(detector, subarray)
    found = read_channels(exposure_metadata(truth, ExposureSpec()), truth.window.shape)
    layout = window_layout(truth.hardware, truth.window)
    expected = np.broadcast_to(layout.amplifier * 2 + layout.parity, truth.window.shape)
    image = found.image(truth.window.shape)
    for number in range(found.count):
        assert np.unique(expected[image == number]).size == 1
    assert found.count == np.unique(expected).size
    rows = found.rows(5, 9, truth.window.shape[1])
    np.testing.assert_array_equal(rows, image[5:9].ravel())
    part = image[found.places(1)]
    assert part.size == (image == 1).sum()
    assert (part == 1).all()


@pytest.mark.parametrize(("detector", "axis"), [("NRCA1", 1), ("NIS", 0)])
def test_a_full_frame_has_four_outputs(detector, axis):
    metadata = exposure_metadata(DetectorTruth(detector, "FULL"), ExposureSpec())
    channels = read_channels(metadata, (2048, 2048))
    assert (channels.axis, channels.count) == (axis, 8)
    assert (channels.number[:4] == [0, 1, 0, 1]).all()
    assert channels.number[512] != channels.number[510]


def test_a_raw_frame_of_irs2_has_five():
    metadata = exposure_metadata(DetectorTruth("NRS1", "FULL"), ExposureSpec(readpatt="NRSIRS2RAPID"))
    channels = read_channels(metadata, (3200, 2048))
    assert (channels.axis, channels.count, channels.number.size) == (0, 10, 3200)
    assert channels.number[638] == 0
    assert channels.number[640] == 2


def test_drifts_do_not_count_as_scatter_and_the_mean_level_stays(parity):
    ramp, reference, offsets = drifting(12, 40.0)
    found = measure_superbias([ramp], reference=reference, channels=parity)
    left = measure_superbias([ramp], reference=reference, channels=parity, drift_correction=False)
    assert np.median(left.scatter) > 25
    assert np.mean(found.scatter) == pytest.approx(SIGMA, rel=0.02)
    assert found.drift.known.all()
    np.testing.assert_allclose(found.drift.deviation, offsets - offsets.mean(axis=0), atol=1.5)
    assert np.abs(found.drift.deviation.mean(axis=0)).max() < 1e-9
    for column in (0, 1):
        assert found.mean[:, column::2].mean() == pytest.approx(12000 + offsets[:, column].mean(), abs=0.1)


@pytest.mark.parametrize("count", [3, 6, 20])
def test_nothing_gets_worse_where_nothing_drifts(parity, count):
    ramp, reference, _ = drifting(count, 0.0, rows=200, columns=200)
    channels = read_channels(exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec()), (200, 200))
    found = measure_superbias([ramp], reference=reference, channels=channels)
    left = measure_superbias([ramp], reference=reference, channels=channels, drift_correction=False)
    assert found.mean.std() == pytest.approx(left.mean.std(), rel=0.003)
    assert np.mean(found.scatter) == pytest.approx(np.mean(left.scatter), rel=0.003)


def test_hits_are_found_behind_drifts(parity):
    ramp, reference, offsets = drifting(10, 200.0)
    ramp[2, 0, 10:20] += 300.0
    found = measure_superbias([ramp], reference=reference, channels=parity)
    expected = np.tile(12000 + offsets.mean(axis=0), 40)
    assert np.abs(found.mean[10:20] - expected).max() < 12
    assert np.median(found.count[10:20]) == 9


def test_noisy_reference_pixels_do_not_count(parity):
    ramp, reference, offsets = drifting(12, 10.0)
    ramp[:, 0, 0, 10:20] += np.random.default_rng(2).normal(0, 3000, (12, 10))
    found = measure_superbias([ramp], reference=reference, channels=parity)
    np.testing.assert_allclose(found.drift.deviation, offsets - offsets.mean(axis=0), atol=1.5)


def test_of_very_many_reference_pixels_evenly_spaced_ones_count(parity, monkeypatch):
    ramp, reference, offsets = drifting(6, 30.0)
    reference[:32] = True
    monkeypatch.setattr(streaming, "_MOST_REFERENCES", 900)
    drift = measure_superbias([ramp], reference=reference, channels=parity).drift
    assert drift.known.all()
    np.testing.assert_allclose(drift.deviation, offsets - offsets.mean(axis=0), atol=1.5)


def test_where_reference_pixels_are():
    metadata = exposure_metadata(DetectorTruth("NRS1", "FULL"), ExposureSpec(readpatt="NRSIRS2RAPID"))
    raw = np.zeros((3200, 2048), dtype=np.uint32)
    assert not map_reference_pixels(raw, metadata)[0].any()
    raw[:640] = PIXEL_DQ["REFERENCE_PIXEL"]
    raw[5] |= PIXEL_DQ["DO_NOT_USE"]
    reference, fit = map_reference_pixels(raw, metadata)
    assert (reference.sum(), fit.sum()) == (640 * 2048, 639 * 2048)
    reference, fit = map_reference_pixels(np.zeros((2048, 2048), dtype=np.uint32), metadata)
    assert reference.sum() == fit.sum() == 2048**2 - 2040**2


def test_too_few_reference_pixels_change_nothing():
    levels = np.random.default_rng(1).normal(0, 100, (8, 40)).astype(np.float32)
    drift = measure_drift(levels, np.zeros(40, dtype=np.int64), 1)
    assert not drift.known.any()
    assert not drift.deviation.any()
    assert drift.rms == 0

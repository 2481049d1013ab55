from dataclasses import replace

import numpy as np
import pytest

from mkrefs_imaging.level_match.noise import row_layout, row_variance

SHAPE = (300, 200)


@pytest.fixture
def metadata(field):
    return field.image(0.0, 0.0, 1.0).metadata


def striped(sigma: float, amplifiers: int = 4) -> np.ndarray:
    random = np.random.default_rng(5)
    rows = np.repeat(random.normal(0, sigma, (SHAPE[0], amplifiers)), SHAPE[1] // amplifiers, axis=1)
    image = rows + random.normal(0, 0.05, SHAPE)
    image[40:90, 30:120] += 5 * np.hanning(50)[:, None] * np.hanning(90)
    image[::7, ::11] = np.nan
    return image.astype(np.float32)


@pytest.mark.parametrize("sigma", [0.03, 0.1])
def test_the_noise_of_rows_is_found_beside_that_of_pixels_and_a_source(metadata, sigma):
    layout = row_layout(metadata, SHAPE)
    assert np.sqrt(row_variance(striped(sigma), layout)) == pytest.approx(sigma, rel=0.25)


def test_without_row_noise_there_is_little(metadata):
    assert np.sqrt(row_variance(striped(0.0), row_layout(metadata, SHAPE))) < 0.005


def test_slowaxis_tells_whether_rows_or_columns_share_noise(metadata):
    turned = row_layout(replace(metadata, fastaxis=2, slowaxis=1), SHAPE[::-1])
    assert (turned.rows, turned.slow, turned.fast) == (False, SHAPE[0], SHAPE[1])
    assert row_variance(striped(0.1).T, turned) == row_variance(striped(0.1), row_layout(metadata, SHAPE))


def test_amplifiers_are_those_of_the_read_out(metadata):
    assert row_layout(metadata, SHAPE).amplifiers == 4
    assert row_layout(replace(metadata, noutputs=1), SHAPE).amplifiers == 1
    assert row_layout(replace(metadata, instrument="MIRI", noutputs=4), SHAPE).amplifiers == 1


def test_an_image_without_good_pixels_has_no_noise(metadata):
    assert row_variance(np.full(SHAPE, np.nan, dtype=np.float32), row_layout(metadata, SHAPE)) == 0.0
    assert row_variance(np.zeros((1, 50), dtype=np.float32), row_layout(metadata, (1, 50))) == 0.0

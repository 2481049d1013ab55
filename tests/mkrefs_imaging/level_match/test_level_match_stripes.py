"""Stripes move the levels of overlaps; they are kept out of the differences, and stay in the images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mkrefs.testing import ArrayImage, MosaicSpec, simulate_mosaic
from mkrefs_imaging.level_match import stripes
from mkrefs_imaging.level_match.correction import LevelMatchCorrection

STRIPED = {"stripes": 0.1, "stripes_exponent": 0.7}
KEPT_OUT = "Stripes were found by comparing the images"


def match(mosaic, tmp_path, **parameters):
    values = LevelMatchCorrection.Parameters(do_local_subtraction=False, **parameters)
    return LevelMatchCorrection().correct(mosaic.images, values, tmp_path)


def mosaic(seed=1, **changes):
    spec = {"tiles": (3, 1), "dithers": 2, "overlap": 0.4, "shape": (160, 160), "dither_size": 15}
    values = spec | {"source": 0.5, "stars": 5, "cosmic_rays": 0.0} | changes
    return simulate_mosaic(MosaicSpec(seed=seed, **values))


def left(mosaic, found):
    """Give what is left of the levels, rms; the mean of its stripes is part of an image's level."""
    off = [
        float(np.nanmean(image.array("data").astype(float) - found.images[role].arrays["data"]))
        - mosaic.truth[role].level
        - float(np.mean(mosaic.truth[role].stripes))
        for role, image in mosaic.images.items()
    ]
    return float(np.std(off))


@pytest.mark.parametrize(("axes", "tiles"), [((-1, 2), (3, 1)), ((2, -1), (1, 3))])
def test_levels_are_better_with_stripes_kept_out(axes, tiles, tmp_path):
    plain, joint = [], []
    for seed in (1, 2, 3):
        simulated = mosaic(seed, axes=axes, tiles=tiles, **STRIPED)
        plain.append(left(simulated, match(simulated, tmp_path, joint_stripes=False)))
        found = match(simulated, tmp_path)
        joint.append(left(simulated, found))
        assert any(line.startswith(KEPT_OUT) for line in found.history)
    assert np.mean(joint) < 0.7 * np.mean(plain)


def test_stripes_stay_in_the_images(tmp_path):
    simulated = mosaic(**STRIPED)
    found = match(simulated, tmp_path)
    for role, image in simulated.images.items():
        taken = image.array("data") - found.images[role].arrays["data"]
        assert np.nanstd(taken) < 1e-5


def test_without_stripes_nothing_is_looked_for(tmp_path):
    found = match(mosaic(stripes=0.0), tmp_path)
    assert not any(line.startswith(KEPT_OUT) for line in found.history)


def test_too_many_images_are_matched_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(stripes, "MOST_BYTES", 1000)
    simulated = mosaic(**STRIPED)
    found = match(simulated, Path(tmp_path))
    assert any("too many images to keep them out" in line for line in found.history)
    alone = match(simulated, tmp_path, joint_stripes=False)
    for role in simulated.images:
        np.testing.assert_array_equal(found.images[role].arrays["data"], alone.images[role].arrays["data"])


def test_headers_that_say_nothing_of_the_read_out_are_no_obstacle(tmp_path):
    simulated = mosaic(**STRIPED)
    bare = {}
    for role, image in simulated.images.items():
        arrays = {name: image.array(name) for name in ("data", "err", "dq")}
        metadata = replace(image.metadata, slowaxis=0, fastaxis=0, detector="BENCH1", noutputs=None)
        bare[role] = ArrayImage(**arrays, sky=image.sky, metadata=metadata, header=image.header)
    parameters = LevelMatchCorrection.Parameters(do_local_subtraction=False)
    found = LevelMatchCorrection().correct(bare, parameters, tmp_path)
    assert any(line.startswith(KEPT_OUT) for line in found.history)
    assert set(found.images) == set(bare)

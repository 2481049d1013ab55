import numpy as np
import pytest

from mkrefs.testing import MosaicSpec, simulate_mosaic
from mkrefs_imaging.level_match.lyot import has_lyot, lyot_region
from mkrefs_imaging.level_match.tiles import find_tiles, module, whole

KEYS = {
    "PROGRAM": "01062",
    "OBSERVTN": "001",
    "VISIT": "001",
    "VISITGRP": "02",
    "SEQ_ID": "1",
    "ACT_ID": "01",
}


def test_dithers_differ_in_the_exposure_number_alone(field):
    images = [field.image(0.0, 0.0, 1.0, header={**KEYS, "EXPOSURE": str(k)}) for k in range(3)]
    images.append(field.image(0.0, 0.0, 1.0, header={**KEYS, "VISITGRP": "03", "EXPOSURE": "1"}))
    images.append(field.image(0.0, 0.0, 1.0, header={**KEYS, "EXPOSURE": "1", "DETECTOR": "NRCBLONG"}))
    tiles = find_tiles(images)
    assert tiles[0] == tiles[1] == tiles[2]
    assert len(set(tiles)) == 3


def test_names_tell_tiles_where_headers_do_not(field):
    names = [
        "jw01062001001_02101_00001_nrcalong_cal.fits",
        "jw01062001001_02101_00002_nrcalong_cal.fits",
        "jw01062001001_02103_00001_nrcalong_cal.fits",
    ]
    tiles = find_tiles([field.image(0.0, 0.0, 1.0, name=name) for name in names])
    assert tiles[0] == tiles[1] != tiles[2]


def test_images_of_which_nothing_is_known_are_tiles_of_their_own(field):
    plain = [field.image(0.0, 0.0, 1.0, name=f"image{k}_cal.fits") for k in range(3)]
    assert len(set(find_tiles(plain))) == 3
    alike = [
        field.image(0.0, 0.0, 1.0, header={**KEYS, "EXPOSURE": "1"}, name=f"a{k}_cal.fits") for k in range(2)
    ]
    assert len(set(find_tiles(alike))) == 2
    program = [field.image(0.0, 0.0, 1.0, header={"PROGRAM": "1"}, name=f"b{k}_cal.fits") for k in range(2)]
    assert len(set(find_tiles(program))) == 2


def test_chips_of_a_module_make_one_tile(field):
    images = [
        field.image(0.0, 0.0, 1.0, header={**KEYS, "EXPOSURE": "1", "DETECTOR": name})
        for name in ("NRCA1", "NRCA4", "NRCB1", "NRCALONG")
    ]
    tiles = [module(tile) for tile in find_tiles(images)]
    assert tiles[0] == tiles[1] != tiles[2]
    assert tiles[3].detector == "NRCALONG"
    assert whole(tiles[0]) == tiles[0]


def test_stages_without_dithers_or_chips_are_not_reported(matched):
    assert [stage["stage"] for stage in matched.results["stages"]] == ["mosaic"]


def test_dithers_that_do_not_overlap_may_be_connected_by_other_tiles(field, by_role, run, level):
    """Two exposures of one tile lie apart; a third image lies on both."""
    images = by_role(
        field.image(0.0, 0.0, 1.0, header={**KEYS, "EXPOSURE": "1"}),
        field.image(80.0, 0.0, 2.0, header={**KEYS, "EXPOSURE": "2"}),
        field.image(40.0, 0.0, 3.0, header={**KEYS, "VISITGRP": "03", "EXPOSURE": "1"}),
    )
    found = run(images)
    assert level(found, "I2") - level(found, "I1") == pytest.approx(1.0, abs=0.003)
    assert level(found, "I3") - level(found, "I1") == pytest.approx(2.0, abs=0.003)
    assert not found.warnings


def test_the_mean_correction_of_dithers_is_zero_before_the_mosaic(field, by_role, run):
    images = by_role(
        *(field.image(10.0 * k, 0.0, float(k), header={**KEYS, "EXPOSURE": str(k)}) for k in range(3))
    )
    stage = run(images).results["stages"][0]
    assert stage["stage"] == "dithers"
    assert stage["references"] == []
    assert np.mean([unit["correction"][0] for unit in stage["units"]]) == pytest.approx(0, abs=1e-9)


def test_the_four_short_chips_are_matched_first(run, what_is_left):
    chips = ("NRCA1", "NRCA2", "NRCA3", "NRCA4")
    spec = MosaicSpec(
        shape=(128, 128), tiles=(2, 1), dithers=2, dither_size=30.0, overlap=0.3, stripes=0.0, detectors=chips
    )
    mosaic = simulate_mosaic(spec)
    found = run(mosaic.images, combine_nircam_short=True, min_linear_frac=0.05)
    stages = [stage["stage"] for stage in found.results["stages"]]
    assert stages.count("nircam_short") == 2
    assert stages.index("nircam_short") > stages.index("dithers")
    assert stages[-1] in ("nircam_short", "mosaic")
    assert what_is_left(mosaic, found).level_rms() < 0.003


def miri(field, x, y, exposure, levels, detector="MIRIMAGE"):
    """A full MIRI image with a Lyot region of another level."""
    data = np.random.default_rng(int(x)).normal(levels[0], 0.02, (1024, 1032)).astype(np.float32)
    region = lyot_region(data.shape)
    data[region] += np.float32(levels[1] - levels[0])
    header = {
        **KEYS,
        "EXPOSURE": str(exposure),
        "INSTRUME": "MIRI",
        "DETECTOR": detector,
        "EXP_TYPE": "MIR_IMAGE",
    }
    return field.image(x, y, 0.0, data=data, header=header)


def test_the_lyot_part_is_brought_to_the_rest_which_stays(field, by_role, run):
    levels = [(1.0, 1.5), (1.2, 1.9)]
    images = by_role(*(miri(field, 150.0 * k, -20.0 * k, k + 1, pair) for k, pair in enumerate(levels)))
    found = run(images, recombine_lyot=True, do_local_subtraction=False)
    stages = {stage["stage"]: stage for stage in found.results["stages"]}
    assert stages["lyot"]["references"] == ["I1+I2 science"]
    corrections = {unit["unit"]: unit["correction"] for unit in stages["lyot"]["units"]}
    assert corrections["I1+I2 science"] == [0.0]
    assert corrections["I1+I2 lyot"][0] == pytest.approx(0.6, abs=0.002)
    region = lyot_region((1024, 1032))
    for role in images:
        data = found.images[role].arrays["data"]
        assert np.median(data[region]) == pytest.approx(1.1, abs=0.002)
        assert np.median(data[~region]) == pytest.approx(1.1, abs=0.002)
    assert {"science pairs", "lyot pairs"} <= set(found.images["I1"].results)


def test_only_whole_miri_images_have_a_lyot_part(field):
    assert has_lyot(miri(field, 0.0, 0.0, 1, (1.0, 1.0)))
    small = field.image(
        0.0, 0.0, 1.0, header={"INSTRUME": "MIRI", "DETECTOR": "MIRIMAGE", "SUBARRAY": "SUB64"}
    )
    assert not has_lyot(small)
    assert not has_lyot(field.image(0.0, 0.0, 1.0))

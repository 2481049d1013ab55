import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.instruments.detectors import DETECTORS, detector_named, miri_frame_time
from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ
from mkrefs.instruments.exposure_types import ACQUISITIONS, EXPOSURE_TYPES, default_exposure_type, image_type
from mkrefs.instruments.readpatterns import READPATTERNS, default_pattern, read_pattern
from mkrefs.instruments.subarrays import SUBARRAYS, frame_time, subarray_named


def legal_values(*path):
    """Collect the enumeration of a keyword in the core schema of stdatamodels."""
    from stdatamodels.jwst.datamodels import Level1bModel

    schema = Level1bModel((1, 1, 8, 8)).schema
    return set(_enumerated(schema, ("meta", *path)))


def _enumerated(schema, path):
    for part in schema.get("allOf", ()):
        yield from _enumerated(part, path)
    for part in schema.get("anyOf", ()):
        yield from _enumerated(part, path)
    if not path:
        yield from schema.get("enum", ())
    elif path[0] in schema.get("properties", {}):
        yield from _enumerated(schema["properties"][path[0]], path[1:])


def test_every_name_is_legal_in_the_core_schema():
    subarrays = {name for table in SUBARRAYS.values() for name in table}
    patterns = {name for table in READPATTERNS.values() for name in table}
    types = {name for kinds in EXPOSURE_TYPES.values() for names in kinds.values() for name in names}

    assert subarrays <= legal_values("subarray", "name")
    assert patterns <= legal_values("exposure", "readpatt")
    assert types | ACQUISITIONS <= legal_values("exposure", "type")
    assert not types & ACQUISITIONS
    assert set(DETECTORS) <= legal_values("instrument", "detector")
    assert {detector.instrument for detector in DETECTORS.values()} <= legal_values("instrument", "name")


def test_the_dq_table_is_that_of_the_installed_package():
    from stdatamodels.jwst.datamodels import dqflags

    pixel = {name: value for name, value in dqflags.pixel.items() if value}
    group = {name: value for name, value in dqflags.group.items() if value}

    assert dict(PIXEL_DQ) == pixel
    assert dict(GROUP_DQ) == group


def test_axes_are_those_that_crds_demands():
    import re
    from importlib.resources import files

    rules = files("crds").joinpath("jwst/tpns/includes/nir_subarray.tpn").read_text()
    pattern = r"DETECTOR=='(\w+)'\)\)\s+\(\(FASTAXIS==(-?\d)\)and\(SLOWAXIS==(-?\d)\)\)"
    demanded = {name: (int(fast), int(slow)) for name, fast, slow in re.findall(pattern, rules)}

    assert demanded == {name: (item.fastaxis, item.slowaxis) for name, item in DETECTORS.items()}


def test_every_subarray_lies_on_its_detector():
    for name, table in SUBARRAYS.items():
        detector = DETECTORS[name]
        for subarray in table.values():
            assert subarray.xstart >= 1
            assert subarray.ystart >= 1
            assert subarray.xstart + subarray.xsize - 1 <= detector.columns
            assert subarray.ystart + subarray.ysize - 1 <= detector.rows


@pytest.mark.parametrize(
    ("detector", "subarray", "seconds"),
    [
        ("NRCA1", "FULL", 10.73677),
        ("NRCA1", "SUB160", 0.27864),
        ("NRCB1", "SUB400P", 1.65624),
        ("NIS", "SUBSTRIP256", 5.494),
        ("NIS", "SUB80", 0.07544),
        ("NRS1", "SUB2048", 0.902),
        ("NRS2", "ALLSLITS", 5.494),
        ("MIRIMAGE", "SUB64", 0.08512),
        ("MIRIMAGE", "FULL", 2.77504),
    ],
)
def test_frame_times_are_the_published_ones(detector, subarray, seconds):
    hardware = DETECTORS[detector]
    assert frame_time(hardware, subarray_named(hardware, subarray), "") == pytest.approx(seconds, abs=1e-5)


def test_corners_of_flight_files():
    def corner(detector, name):
        found = SUBARRAYS[detector][name]
        return found.xstart, found.ystart, found.xsize, found.ysize

    assert corner("NRCA1", "SUB160") == (1889, 1889, 160, 160)
    assert corner("NRCA2", "SUB160") == (1889, 1, 160, 160)
    assert corner("NRCB1", "SUB64P") == (1851, 1817, 64, 64)
    assert corner("MIRIMAGE", "SUB64") == (1, 779, 72, 64)


def test_slices_cut_the_subarray_out_of_the_full_frame():
    window = SUBARRAYS["MIRIMAGE"]["SUB64"]
    frame = np.zeros((1024, 1032))

    assert frame[window.slices].shape == window.shape == (64, 72)


def test_slow_miri_patterns_read_only_the_full_frame():
    assert miri_frame_time("FULL", "SLOWR1") == pytest.approx(23.88992)
    with pytest.raises(UserError, match="FASTR1"):
        miri_frame_time("SUB64", "SLOWR1")


def test_unknown_names_are_refused_with_what_is_allowed():
    with pytest.raises(UserError, match="NRCA1"):
        detector_named("NRCX1")
    with pytest.raises(UserError, match="SUB160"):
        subarray_named(DETECTORS["NRCA1"], "SUB161")
    with pytest.raises(UserError, match="RAPID"):
        read_pattern("NIRCAM", "NRSRAPID")


def test_names_are_found_in_any_case():
    assert detector_named("nrca1").name == "NRCA1"
    assert subarray_named(DETECTORS["NRCA1"], "sub160").name == "SUB160"
    assert read_pattern("NIRCAM", "deep8").nframes == 8


@pytest.mark.parametrize("instrument", sorted(READPATTERNS))
def test_the_default_pattern_keeps_every_frame(instrument):
    pattern = default_pattern(instrument)
    assert (pattern.nframes, pattern.groupgap) == (1, 0)


def test_image_types():
    assert image_type("NRC_DARK") == "D"
    assert image_type(" mir_darkmrs ") == "D"
    assert image_type("NIS_LAMP") == "F"
    assert image_type("FGS_IMAGE") == "I"
    assert image_type("NRC_GRISM") is None
    assert default_exposure_type("MIRI", "MIRIFULONG", "F") == "MIR_FLATMRS"
    assert default_exposure_type("MIRI", "MIRIMAGE", "D") == "MIR_DARKIMG"


@given(st.sampled_from(sorted(DETECTORS)), st.sampled_from("DFI"))
def test_the_default_type_has_its_image_type(detector, imtype):
    exp_type = default_exposure_type(DETECTORS[detector].instrument, detector, imtype)
    assert image_type(exp_type) == imtype

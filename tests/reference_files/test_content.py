import sys
from dataclasses import replace

import numpy as np
import pytest

from mkrefs.contract.figures import Map
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.reference_files.content import content_from_plugin
from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata

METADATA = exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec())
MAP = np.ones((64, 64), dtype=np.float32)


def content(made, reftype="readnoise", metadata=METADATA):
    return content_from_plugin(lambda: made, maker="toy (toys 1.0)", reftype=reftype, metadata=metadata)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (None, "gave None instead of mkrefs.api.ReferenceData"),
        (MAP, "gave a value of type ndarray instead of"),
        (ReferenceData({}), "neither arrays nor flags"),
        (ReferenceData({"data": MAP.tolist()}), "'data' is a value of type list, not a numpy array"),
        (ReferenceData({"data": MAP * np.nan}), "'data' holds no finite value"),
        (ReferenceData({"data": np.zeros((0, 64))}), "'data' holds no finite value"),
        (ReferenceData({"data": MAP * 1j}), "'data' holds values of type complex64, not real numbers"),
        (ReferenceData({"data": MAP.astype(str)}), "'data' holds values of type <U32, not real numbers"),
        (
            ReferenceData({"data": MAP[1:]}),
            r"'data' has the shape \(63, 64\), but the exposures have \(64, 64\)",
        ),
        (ReferenceData({"data": MAP}, {"HOT": MAP[0] > 0}), r"map of HOT has the shape \(64,\)"),
        (ReferenceData({"data": MAP}, {"HOT": None}), "map of HOT is None, not a numpy array"),
        (ReferenceData({"data": MAP}, figures={"a": MAP}), "figure 'a' is a value of type ndarray, not one"),
        (
            ReferenceData({"data": MAP}, figures={"../a": Map("a", "b", MAP)}),
            r"figure '\.\./a' has a name that is no word",
        ),
    ],
)
def test_what_a_plugin_may_not_give_is_told_in_a_sentence(made, words):
    with pytest.raises(UserError, match=rf"^toy \(toys 1.0\): .*{words}"):
        content(made)


def test_a_plugin_may_not_end_the_process():
    with pytest.raises(UserError, match=r"called sys.exit\(3\) instead of raising mkrefs.api.UserError"):
        content_from_plugin(lambda: sys.exit(3), maker="toy", reftype="readnoise", metadata=METADATA)


def test_a_bug_of_a_plugin_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        content_from_plugin(lambda: 1 / 0, maker="toy", reftype="readnoise", metadata=METADATA)


@pytest.mark.parametrize(
    ("made", "reftype", "metadata"),
    [
        (ReferenceData({"data": MAP}, {"HOT": MAP > 1}), "mask", METADATA),
        (ReferenceData({}, {"HOT": MAP > 1}), "mask", METADATA),
        (ReferenceData({"coeffs": np.ones((5, 64, 64))}), "linearity", METADATA),
        (ReferenceData({"data": np.ones((3, 3))}), "ipc", METADATA),
        (ReferenceData({"rscd_group_skip_table": np.zeros(2, dtype=[("a", "i4")])}), "rscd", METADATA),
        (
            ReferenceData({"data": np.ones((3200, 2048), dtype=np.float32)}),
            "superbias",
            replace(METADATA, instrument="NIRSPEC", readpatt="NRSIRS2RAPID", xsize=2048, ysize=2048),
        ),
    ],
)
def test_what_keeps_the_contract_is_passed_on(made, reftype, metadata):
    assert content(made, reftype, metadata) is made

"""What a correction may not give back, told with its name."""

import sys

import numpy as np
import pytest

from mkrefs.api import CorrectedImage, CorrectedImages, UserError

DATA = np.ones((24, 32), np.float32)


def image(**content):
    return CorrectedImages({"I1": CorrectedImage(**content)})


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (None, "it gave None instead of mkrefs.api.CorrectedImages"),
        ({"I1": DATA}, "it gave a value of type dict instead of"),
        (CorrectedImages({"I9": CorrectedImage()}), "it gave an image 'I9', and was given I1, I2, I3"),
        (CorrectedImages({"I1": DATA}), "its image I1 is a value of type ndarray, not a mkrefs.api.Corr"),
        (image(arrays={"sci": DATA}), "its image I1 has an array 'sci', and only data, err, dq, var_poisson"),
        (image(arrays={"data": DATA.tolist()}), "has a value of type list as its data, not a numpy array"),
        (image(arrays={"data": DATA[1:]}), r"has data of shape \(23, 32\) where \(24, 32\) is needed"),
        (image(arrays={"data": DATA}, pad=(1, 0, 0, 0)), r"where \(24, 33\) is needed"),
        (image(arrays={"data": DATA.astype(int)}), "has data of type int64, which is not floating point"),
        (image(arrays={"dq": DATA}), "has dq of type float32, which is not whole numbers"),
        (image(arrays={"dq": -DATA.astype(int)}), "has values in dq that 32 bits without a sign do not hold"),
        (image(arrays={"dq": DATA.astype(int) << 33}), "has values in dq that 32 bits"),
        (image(arrays={"data": np.ma.masked_equal(DATA, 1)}), "has a masked array as its data, whose mask"),
        (image(arrays=None), "its image I1 has None as its arrays, not a mapping"),
        (image(shift=None), "its image I1 has None as its shift, not a tuple"),
        (image(shift=("a", 0)), r"has the shift \('a', 0\), not two finite numbers"),
        (image(history=None), "its image I1 has None as its history, not a tuple"),
        (image(metadata={3: "x"}), "has metadata named 3, which is no path below meta"),
        (CorrectedImages(None), "it gave None as its images, not a mapping"),
        (image(shift=(np.nan, 0.0)), r"has the shift \(nan, 0\.0\), not two finite numbers"),
        (image(pad=(1, 2, 3)), r"has the pad \(1, 2, 3\), not four numbers of pixels"),
        (image(pad=(0, 0, -1, 0)), "not four numbers of pixels"),
        (image(metadata={"background.level": np.inf}), "has the metadata 'background.level' = inf, which is"),
        (image(metadata={"background": {}}), "which is no text or finite number"),
        (image(results={"level": object()}), "has results that are no values that JSON can hold"),
        (image(history="one line"), "has 'one line' where a tuple of texts is needed"),
        (CorrectedImages({}, warnings=(3,)), r"it has \(3,\) where a tuple of texts is needed"),
        (CorrectedImages({}, results={"a": {1, 2}}), "its results are no values that JSON can hold"),
        (CorrectedImages({}, figures={"a/b": None}), "its figure 'a/b' has a name that is no word"),
        (CorrectedImages({}, figures={"levels": DATA}), "its figure 'levels' is a value of type ndarray"),
    ],
)
def test_what_breaks_the_contract_is_told_with_the_plugin(run, tmp_path, made, said):
    with pytest.raises(UserError, match=rf"^toy \(toys 1\.0\): .*{said}.*error of the plugin"):
        run(lambda *_: made)
    assert list((tmp_path / "run" / "toy").iterdir()) == []


def test_a_plugin_cannot_end_the_process(run):
    with pytest.raises(UserError, match=r"toy \(toys 1\.0\): it called sys\.exit\(2\) instead"):
        run(lambda *_: sys.exit(2))


def test_double_precision_and_other_whole_numbers_are_taken(run):
    job, _ = run(lambda *_: image(arrays={"data": np.where(np.isnan(data()), np.nan, 2.0), "dq": flags()}))
    assert job.images[0].role == "I1"


def data():
    values = np.ones((24, 32))
    values[3, 4] = np.nan
    return values


def flags():
    values = np.zeros((24, 32), np.int64)
    values[5, 6] = 1
    return values

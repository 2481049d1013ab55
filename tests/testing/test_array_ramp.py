import numpy as np
import pytest

from mkrefs.api import Ramp
from mkrefs.testing import ArrayRamp, DetectorTruth, ExposureSpec, simulate_ramp


@pytest.fixture(scope="module")
def simulated():
    return simulate_ramp(DetectorTruth("NIS", "SUB64"), ExposureSpec(ngroups=3))


def test_it_is_a_ramp(simulated):
    ramp = ArrayRamp(simulated.data, simulated.metadata, name="one")
    assert isinstance(ramp, Ramp)
    assert ramp.shape == (1, 3, 64, 64)
    assert ramp.name == "one"
    assert ramp.metadata.subarray == "SUB64"
    assert ramp.done == frozenset()
    assert ArrayRamp(simulated.data, simulated.metadata, done=("dq_init",)).done == {"dq_init"}


def test_blocks_of_rows_put_together_are_the_whole(simulated):
    flags = np.zeros(simulated.data.shape, np.uint8)
    flags[0, 1] = 4
    ramp = ArrayRamp(simulated.data, simulated.metadata, group_dq=flags, pixel_dq=np.eye(64))
    blocks = [ramp.rows(start, start + 24) for start in range(0, 64, 24)]
    np.testing.assert_array_equal(np.concatenate([b.science for b in blocks], axis=2), simulated.data)
    np.testing.assert_array_equal(np.concatenate([b.group_dq for b in blocks], axis=2), flags)
    np.testing.assert_array_equal(np.concatenate([b.pixel_dq for b in blocks]), np.eye(64))
    assert [b.start for b in blocks] == [0, 24, 48]
    first = ramp.rows(8, 16, slice(0, 1))
    np.testing.assert_array_equal(first.science, simulated.data[:, :1, 8:16])
    assert first.group_dq.shape == (1, 1, 8, 64)


def test_blocks_are_read_only_and_the_input_is_copied(simulated):
    science = simulated.data.astype(np.float32)
    ramp = ArrayRamp(science, simulated.metadata)
    with pytest.raises(ValueError, match="read-only"):
        ramp.rows(0, 8).science[0, 0, 0, 0] = 1
    science[:] = 0
    assert ramp.science.min() > 0


def test_shapes_must_agree(simulated):
    with pytest.raises(ValueError, match="dimensions"):
        ArrayRamp(simulated.data[0], simulated.metadata)
    with pytest.raises(ValueError, match="DQ"):
        ArrayRamp(simulated.data, simulated.metadata, pixel_dq=np.zeros((3, 3)))

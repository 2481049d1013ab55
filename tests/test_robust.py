"""The robust scatter is the standard deviation of normal values, and does not care for a few others."""

import numpy as np
import pytest

from mkrefs.robust import scatter_about


def test_of_normal_values_it_is_the_standard_deviation_whatever_outliers_there_are():
    values = np.random.default_rng(1).normal(100.0, 3.0, 100_000)
    values[:500] = 1e6
    assert scatter_about(values, float(np.median(values))) == pytest.approx(3.0, rel=0.02)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8"])
def test_the_precision_of_the_values_does_for_it(kind):
    values = np.array([1.0, 2.0, 3.0, 4.0, 9.0], kind)
    assert scatter_about(values, 3.0) == pytest.approx(1.4826, rel=1e-4)

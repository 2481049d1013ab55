"""The standard combiners on the content of reference files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.api import ReferenceData, UserError
from mkrefs_detector import mkrefs_combiners
from mkrefs_detector.combiners import blocks
from mkrefs_detector.combiners.methods import mean, mean_without_outliers, median, median_error_factor
from mkrefs_detector.readnoise import measure_readnoise
from mkrefs_detector.statistics.corrections import c4, rejection_limits

COMBINERS = {combiner.name: combiner for combiner in mkrefs_combiners()}
OF_ARRAYS = sorted(COMBINERS.keys() - {"majority"})
CDS = 6.0 * np.sqrt(2.0)
WHOLE = (0, slice(None))


def combine(name, individuals, **parameters):
    combiner = COMBINERS[name]
    return combiner().combine(individuals, combiner.Parameters(**parameters))


def noise_file(value, err=0.1, samples=4.0, shape=(3, 5), **more):
    return ReferenceData(
        arrays={"data": np.full(shape, value, dtype=np.float32)},
        metadata={"bunit_data": "DN"},
        extensions={
            "ERR": np.full(shape, err, dtype=np.float32),
            "NSAMPLES": np.full(shape, samples, dtype=np.float32),
        },
        **more,
    )


def test_they_are_there():
    assert set(COMBINERS) == {"majority", "mean", "median", "sigma_clipped_mean", "weighted"}


def mask_file(**flags):
    return ReferenceData({}, {name: np.array([flags[name]], dtype=bool) for name in flags})


@pytest.mark.parametrize(
    ("fraction", "hot", "dead"),
    [
        (0.5, [1, 1, 0, 0], [1, 0, 0, 0]),
        (0.25, [1, 1, 1, 0], [1, 0, 0, 1]),
        (1.0, [1, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_a_majority_decides_on_flags(fraction, hot, dead):
    files = [
        mask_file(HOT=[1, 1, 1, 0], DEAD=[1, 0, 0, 1]),
        mask_file(HOT=[1, 1, 0, 0], DEAD=[1, 0, 0, 0]),
        mask_file(HOT=[1, 0, 0, 0]),
        mask_file(HOT=[1, 0, 0, 0], DEAD=[0, 0, 0, 0]),
    ]
    made = combine("majority", files, fraction=fraction)
    assert made.arrays == {}
    np.testing.assert_array_equal(made.flags["HOT"], np.array([hot], dtype=bool))
    np.testing.assert_array_equal(made.flags["DEAD"], np.array([dead], dtype=bool))


def test_a_share_is_meant_in_decimals():
    files = [mask_file(HOT=[number < 3]) for number in range(10)]
    assert combine("majority", files, fraction=0.3).flags["HOT"].all()


def test_a_majority_is_for_flags_alone():
    with pytest.raises(UserError, match="it is for files of flags alone"):
        combine("majority", [noise_file(8.0), noise_file(9.0)])


@pytest.mark.parametrize("name", sorted(COMBINERS))
def test_a_single_individual_passes_unchanged(name):
    one = noise_file(8.0)
    assert combine(name, [one]) is one


@pytest.mark.parametrize(
    ("name", "expected", "err"),
    [
        ("mean", 12.0, np.sqrt(0.1**2 + 0.2**2 + 0.3**2) / 3),
        ("median", 10.0, None),
        ("sigma_clipped_mean", 12.0, np.sqrt(0.1**2 + 0.2**2 + 0.3**2) / 3),
        ("weighted", (8 * 1 + 10 * 1 + 18 * 2) / 4, np.sqrt(0.1**2 + 0.2**2 + 0.6**2) / 4),
    ],
)
def test_values_errors_and_samples(name, expected, err):
    individuals = [noise_file(8, 0.1, 1), noise_file(10, 0.2, 1), noise_file(18, 0.3, 2)]
    made = combine(name, individuals)
    assert made.arrays["data"] == pytest.approx(expected)
    assert made.arrays["data"].dtype == np.float32
    assert made.extensions["NSAMPLES"] == pytest.approx(4)
    if err is not None:
        assert made.extensions["ERR"] == pytest.approx(err)
    assert made.metadata == {"bunit_data": "DN"}
    assert "3 individual files" in made.history[0]


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_pixels_without_data_do_not_count(name):
    individuals = [noise_file(8.0), noise_file(8.0), noise_file(8.0)]
    for one in individuals[:2]:
        one.arrays["data"][0, 0] = 1000.0
        one.extensions["NSAMPLES"][0, 0] = 0
        one.extensions["ERR"][0, 0] = np.nan
    for one in individuals:
        one.extensions["NSAMPLES"][1, 1] = 0
        one.extensions["ERR"][1, 1] = np.nan
    individuals[0].arrays["data"][2, 2] = np.nan
    made = combine(name, individuals)
    assert made.arrays["data"] == pytest.approx(8.0)
    assert made.extensions["NSAMPLES"][0, 0] == 4
    assert made.extensions["ERR"][0, 0] == pytest.approx(0.1)
    assert made.extensions["NSAMPLES"][1, 1] == 0
    assert np.isnan(made.extensions["ERR"][1, 1])
    assert made.extensions["NSAMPLES"][2, 2] == 8
    assert made.history[-1].startswith("1 values")


def test_flags_and_dq_are_combined_bitwise():
    hot, dead = np.eye(3, 5, dtype=bool), np.eye(3, 5, 1, dtype=bool)
    dq = np.zeros((3, 5), dtype=np.uint32)
    individuals = []
    for bit, flags in ((1, {"HOT": hot}), (4, {"HOT": dead, "DEAD": dead})):
        file = noise_file(1.0, flags=flags)
        file.arrays["dq"] = dq | np.uint32(bit)
        individuals.append(file)
    made = combine("mean", individuals)
    np.testing.assert_array_equal(made.flags["HOT"], hot | dead)
    np.testing.assert_array_equal(made.flags["DEAD"], dead)
    assert (made.arrays["dq"] == 5).all()
    np.testing.assert_array_equal(individuals[0].flags["HOT"], hot)


def test_an_err_array_becomes_the_error_of_the_mean_and_gives_weights():
    def superbias(value, err):
        arrays = {"data": np.full((2, 4, 6), value), "err": np.full((2, 4, 6), err)}
        return ReferenceData(arrays={name: array.astype(np.float32) for name, array in arrays.items()})

    individuals = [superbias(10.0, 1.0), superbias(20.0, 2.0)]
    assert combine("mean", individuals).arrays["err"] == pytest.approx(np.sqrt(5) / 2)
    weighted = combine("weighted", individuals)
    assert weighted.arrays["data"] == pytest.approx(12.0)
    assert weighted.arrays["err"] == pytest.approx(np.sqrt(1 / (1 + 1 / 4)))


def test_an_outlier_is_left_out_with_its_samples():
    individuals = [noise_file(8.0 + 0.1 * k) for k in range(9)]
    individuals.append(noise_file(80.0))
    made = combine("sigma_clipped_mean", individuals)
    assert made.arrays["data"] == pytest.approx(8.4)
    assert made.extensions["NSAMPLES"] == pytest.approx(36)
    assert combine("sigma_clipped_mean", individuals, max_iters=0).arrays["data"] == pytest.approx(15.56)


@pytest.mark.parametrize("number", [3, 5, 10, 20, 50])
@pytest.mark.parametrize("kind", ["gauss", "chi"])
def test_clipping_few_individuals_is_unbiased(number, kind):
    rng = np.random.default_rng(number)
    shape = (number, 1_000_000 // number)
    if kind == "gauss":
        values = 1 + 0.35 * rng.standard_normal(shape)
    else:
        values = np.sqrt(rng.chisquare(4, shape) / 4) / c4(np.array(4.0))
    found = mean_without_outliers(number, sigma=4.0, iterations=5)(values[:, None], None, None, WHOLE)
    assert found.mean.mean() / values.mean() == pytest.approx(1, abs=0.001)


def mean_in_plain_numpy(values, kept, sigma, iterations):
    """Average without outliers by externally studentised residuals; give what is kept, too."""
    limits = rejection_limits(len(values), sigma, 1.0)
    for _ in range(iterations):
        n = kept.sum(axis=0)
        centre = np.where(kept, values, 0.0).sum(axis=0) / np.maximum(n, 1)
        squares = np.where(kept, np.square(values - centre), 0.0)
        kept = kept & (squares <= limits[n] * squares.sum(axis=0) * (1 - 1 / np.maximum(n, 2)))
    n = kept.sum(axis=0)
    total = np.where(kept, values, 0.0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan), kept


@given(
    values=hnp.arrays(np.float64, (7, 4), elements=st.integers(-99, 9999)),
    spoilt=hnp.arrays(np.bool_, (7, 4)),
    sigma=st.sampled_from([2.0, 4.0]),
    iterations=st.integers(0, 4),
)
def test_outliers_are_those_of_the_residuals_in_plain_numpy(values, spoilt, sigma, iterations):
    expected, kept = mean_in_plain_numpy(values, ~spoilt, sigma, iterations)
    method = mean_without_outliers(7, sigma=sigma, iterations=iterations)
    found = method(values[:, None], spoilt[:, None], None, WHOLE)
    same = (found.used[:, 0] == kept).all(axis=0)
    np.testing.assert_allclose(found.mean[0, same], expected[same], rtol=1e-9, atol=1e-9)
    # A value at the limit to rounding may be kept or not.
    for pixel in np.flatnonzero(~same):
        assert nearest_to_a_limit(values[~spoilt[:, pixel], pixel], sigma, iterations) < 1e-6


def nearest_to_a_limit(values, sigma, iterations):
    nearest = np.inf
    for _ in range(iterations):
        squares = np.square(values - values.mean())
        limit = rejection_limits(values.size, sigma, 1.0)[-1] * squares.sum() * (1 - 1 / max(values.size, 2))
        nearest = min(nearest, np.abs(squares / max(limit, 1e-300) - 1).min())
        values = values[squares <= limit]
    return nearest


def test_read_noise_of_single_exposures_combines_to_the_truth_despite_cosmic_rays(darks):
    individuals = []
    for ramp in darks(20, hit=0.05):
        found = measure_readnoise([ramp])
        extensions = {"ERR": found.err, "NSAMPLES": found.dof}
        individuals.append(ReferenceData(arrays={"data": found.noise}, extensions=extensions))
    made = combine("sigma_clipped_mean", individuals)
    ratio = made.arrays["data"] / CDS
    assert np.median(ratio) == pytest.approx(1, abs=0.01)
    assert np.mean(ratio > 1.5) <= 0.001
    assert made.arrays["data"].std() / made.extensions["ERR"].mean() == pytest.approx(1.05, abs=0.1)


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_rows_in_blocks_give_the_same_as_whole(name, monkeypatch):
    rng = np.random.default_rng(8)
    individuals = []
    for _ in range(6):
        file = noise_file(0.0, shape=(11, 7))
        file.arrays["data"][:] = rng.normal(8, 1, (11, 7))
        file.extensions["NSAMPLES"][:] = rng.integers(0, 6, (11, 7))
        individuals.append(file)
    whole = combine(name, individuals)
    monkeypatch.setattr(blocks, "_BLOCK_VALUES", 1)
    parts = combine(name, individuals)
    np.testing.assert_array_equal(whole.arrays["data"], parts.arrays["data"])
    np.testing.assert_array_equal(whole.extensions["NSAMPLES"], parts.extensions["NSAMPLES"])


def test_tables_must_agree():
    table = np.array([(1, 2.0)], dtype=[("group", "i4"), ("value", "f8")])
    first, second = noise_file(1.0), noise_file(1.0)
    first.arrays["table"] = second.arrays["table"] = table
    assert combine("mean", [first, second]).arrays["table"] is table
    second.arrays["table"] = np.array([(1, 3.0)], dtype=table.dtype)
    with pytest.raises(UserError, match="table table differs"):
        combine("mean", [first, second])


def test_tables_among_the_extensions_are_averaged_or_left_out():
    table = np.array([(1, 2.0), (2, np.nan)], dtype=[("box", "i4"), ("value", "f8")])
    first, second = noise_file(1.0), noise_file(1.0)
    first.extensions["BOXES"], second.extensions["BOXES"] = table, table.copy()
    second.extensions["BOXES"]["value"] = 4.0, 5.0
    combined = combine("weighted", [first, second])
    assert combined.extensions["BOXES"].tolist() == [(1, 3.0), (2, 5.0)]
    assert table.tolist()[0] == (1, 2.0)
    second.extensions["BOXES"] = table[:1]
    other = combine("weighted", [first, second])
    assert "BOXES" not in other.extensions
    assert other.history[1] == "Left out, since they differ between the individual files: BOXES."


def test_small_images_among_the_extensions_are_averaged():
    first, second = noise_file(1.0), noise_file(1.0)
    first.extensions["KERNEL"], second.extensions["KERNEL"] = np.eye(3), np.full((3, 3), np.nan)
    second.extensions["KERNEL"][0, 0] = 3.0
    for name in ("mean", "weighted"):
        combined = combine(name, [first, second]).extensions["KERNEL"]
        assert combined[0].tolist() == [2.0, 0.0, 0.0]


def test_what_differs_is_named():
    other_unit = noise_file(1.0)
    other_unit.metadata["bunit_data"] = "electron"
    with pytest.raises(UserError, match="bunit_data is 'electron' in individual file 2 but 'DN'"):
        combine("mean", [noise_file(1.0), other_unit])
    with pytest.raises(UserError, match=r"array data has the shape \(2, 5\)"):
        combine("mean", [noise_file(1.0), noise_file(1.0, shape=(2, 5))])
    bare = ReferenceData(arrays={"data": np.ones((3, 5))}, metadata={"bunit_data": "DN"})
    with pytest.raises(UserError, match="extension ERR is in only the first"):
        combine("mean", [noise_file(1.0), bare])
    with pytest.raises(UserError, match="neither NSAMPLES nor errors"):
        combine("weighted", [bare, bare])
    with pytest.raises(UserError, match="no individual"):
        combine("mean", [])


@given(
    values=hnp.arrays(np.float64, (5, 4), elements=st.floats(-1e6, 1e6)),
    counts=hnp.arrays(np.bool_, (5, 4)),
)
def test_median_and_mean_are_those_of_the_values_that_count(values, counts):
    for method, plain in ((median, np.median), (mean, np.mean)):
        found = method(values[:, None], ~counts[:, None], None, WHOLE)
        np.testing.assert_array_equal(found.used[:, 0], counts)
        for pixel in range(4):
            chosen = values[counts[:, pixel], pixel]
            if chosen.size:
                assert found.mean[0, pixel] == pytest.approx(plain(chosen), abs=1e-6)
            else:
                assert np.isnan(found.mean[0, pixel])


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_cubes_of_files_as_they_lie_on_the_disk_are_combined_plane_by_plane(name):
    rng = np.random.default_rng(9)

    def dark(kind):
        cube = rng.normal(0, 1, (4, 6, 7))
        cube[2, 3, 3] = np.nan
        arrays = {"data": cube, "err": np.full(cube.shape, rng.uniform(0.5, 2))}
        return ReferenceData({key: array.astype(kind) for key, array in arrays.items()})

    native = [dark("<f4") for _ in range(5)]
    swapped = [
        ReferenceData({key: array.astype(">f4") for key, array in one.arrays.items()}) for one in native
    ]
    whole, same = combine(name, native), combine(name, swapped)
    for key in ("data", "err"):
        assert same.arrays[key].dtype == np.float32
        np.testing.assert_array_equal(same.arrays[key], whole.arrays[key])
    planes = [
        [ReferenceData({key: array[plane] for key, array in one.arrays.items()}) for one in native]
        for plane in range(4)
    ]
    for plane, files in enumerate(planes):
        alone = combine(name, files)
        np.testing.assert_array_equal(alone.arrays["data"], whole.arrays["data"][plane])
        np.testing.assert_array_equal(alone.arrays["err"], whole.arrays["err"][plane])


def test_the_error_of_a_median_is_larger_by_the_right_factor():
    rng = np.random.default_rng(2)
    for number in (2, 3, 4, 5, 10, 21):
        medians = np.median(rng.standard_normal((number, 200_000 // number)), axis=0)
        expected = median_error_factor(np.array(number)) / np.sqrt(number)
        assert medians.std() == pytest.approx(expected, rel=0.03)

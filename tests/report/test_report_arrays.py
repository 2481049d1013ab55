"""Statistics, reduction, ticks and images of the report, on plain arrays."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.image import imread

from mkrefs.report.colours import LEVELS, Scale, palette
from mkrefs.report.figures import class_map, value_histogram, value_map
from mkrefs.report.numbers import count, duration, listed, memory, number, percent, plural, quantity
from mkrefs.report.png import indexed_png
from mkrefs.report.reduction import block_maxima, block_medians, reduction_factor
from mkrefs.report.statistics import histogram, statistics
from mkrefs.report.ticks import linear_ticks, log_ticks

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
FINITE_OR_NOT = st.floats(-100, 100, width=32) | st.just(np.nan) | st.just(np.inf)


@given(arrays.arrays(np.float32, SHAPES, elements=FINITE_OR_NOT), st.integers(1, 5))
def test_cells_are_medians_of_what_is_finite(image, factor):
    before = image.copy()
    cells = block_medians(image, factor)
    np.testing.assert_array_equal(image, before)
    assert cells.shape == tuple(-(-length // factor) for length in image.shape)
    for row, column in np.ndindex(cells.shape):
        block = image[row * factor :, column * factor :][:factor, :factor]
        finite = block[np.isfinite(block)]
        expected = np.median(finite) if finite.size else np.nan
        np.testing.assert_allclose(cells[row, column], expected, rtol=1e-5, atol=1e-5)


@given(arrays.arrays(np.uint8, SHAPES, elements=st.integers(0, 2)), st.integers(1, 5))
def test_no_bad_pixel_is_hidden(classes, factor):
    cells = block_maxima(classes, factor)
    for row, column in np.ndindex(classes.shape):
        assert cells[row // factor, column // factor] >= classes[row, column]
    assert set(np.unique(cells)) <= set(np.unique(classes))


def test_the_factor_leaves_no_more_cells_than_wanted():
    assert [reduction_factor(shape, 420) for shape in ((64, 64), (420, 10), (421, 10), (2048, 2048))] == [
        *(1, 1, 2, 5)
    ]


def test_statistics_are_robust_and_count_what_is_not_finite():
    values = np.random.default_rng(1).normal(10, 2, 10_000)
    values[:50] = 1e6
    values[50:60] = np.nan
    found = statistics(values)
    assert (found.size, found.finite) == (10_000, 9_990)
    assert found.median == pytest.approx(10, abs=0.1)
    assert found.scatter == pytest.approx(2, abs=0.1)
    assert found.greatest == 1e6
    assert found.high < found.median + 8.1 * found.scatter


@pytest.mark.parametrize("values", [np.full(5, np.nan), np.zeros(0)])
def test_statistics_of_nothing_are_none(values):
    found = statistics(values)
    assert found.finite == 0
    assert np.isnan([found.median, found.scatter, found.low, found.high]).all()


@pytest.mark.parametrize("kind", [np.float32, np.dtype(">f4"), np.uint8, np.int16])
def test_a_histogram_counts_every_value_once(kind):
    values = (np.arange(1000) % 97).astype(kind)
    counts = histogram(values, 10, 50)
    assert counts.counts.sum() + counts.below + counts.above == 1000


def test_few_whole_numbers_have_a_bin_each():
    counts = histogram(np.array([3, 3, 4, 6], dtype=np.uint8), 3, 6)
    assert counts.edges.tolist() == [2.5, 3.5, 4.5, 5.5, 6.5]
    assert counts.counts.tolist() == [2, 1, 0, 1]


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_in_order_and_told_apart(low, span):
    high = low + span
    if not high - low > 1e-9 * abs(low):
        return
    ticks = linear_ticks(low, high)
    places = [tick.place for tick in ticks]
    assert 1 <= len(ticks) <= 6
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert len({tick.text for tick in ticks}) == len(ticks)
    for tick in ticks:
        assert float(tick.text) == pytest.approx(low + tick.place * (high - low), abs=span / 20)


def test_ticks_are_round_numbers():
    assert [tick.text for tick in linear_ticks(-0.03, 0.099)] == [
        "-0.02",
        "0.00",
        "0.02",
        "0.04",
        "0.06",
        "0.08",
    ]
    assert [tick.text for tick in linear_ticks(0, 2048, 4)] == ["0", "500", "1000", "1500", "2000"]
    assert [tick.text for tick in linear_ticks(1e-7, 3.2e-7)] == [
        "1.0e-7",
        "1.5e-7",
        "2.0e-7",
        "2.5e-7",
        "3.0e-7",
    ]
    assert log_ticks(250_000) == (
        (1, "1"),
        (10, "10"),
        (100, "100"),
        (1000, "1k"),
        (10_000, "10k"),
        (100_000, "100k"),
    )
    assert len(log_ticks(10**9)) <= 6


def test_an_image_is_read_back_with_its_first_row_at_the_bottom():
    indices = np.array([[0, 1], [2, 2]], dtype=np.uint8)
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=np.uint8)
    read = np.round(imread(io.BytesIO(indexed_png(indices, colours)), format="png") * 255)
    np.testing.assert_array_equal(read[..., :3], colours[indices[::-1]])


@pytest.mark.parametrize("scale", Scale)
def test_scales_are_those_of_matplotlib(scale):
    from matplotlib import colormaps

    name = {Scale.EVEN: "cividis", Scale.DIVERGING: "PuOr"}[scale]
    expected = colormaps[name](np.linspace(0, 1, LEVELS))[:, :3] * 255
    assert np.abs(palette(scale)[:LEVELS] - expected).max() < 12


def test_a_map_says_its_numbers_and_how_it_is_drawn():
    image = np.tile(np.arange(500.0), (500, 1))
    image[:20, :20] = np.nan
    drawn = value_map(image, statistics(image), title="SCI", name="SCI", unit="DN")
    assert "Median 250 DN" in drawn.words
    assert "400 of 250,000 values are not finite" in drawn.words
    assert drawn.quantity == "SCI (DN)"
    assert "A cell is the median of 2 × 2 pixels." in drawn.notes
    assert "Without a value: cyan." in drawn.notes
    assert drawn.height == pytest.approx(296)


def test_a_map_of_one_value_and_one_of_none_can_be_drawn():
    for image, words in (
        (np.zeros((4, 4)), "All 16 finite values are 0 DN."),
        (np.full((4, 4), np.nan), "None of 16"),
    ):
        assert words in value_map(image, statistics(image), title="a", name="a", unit="DN").words


def test_a_map_with_a_centre_has_it_in_the_middle_of_the_bar():
    image = np.linspace(-1, 5, 400).reshape(20, 20)
    drawn = value_map(image, statistics(image), title="a", name="a", unit="", centre=0.0)
    middle = next(tick for tick in drawn.bar_ticks if float(tick.text) == 0)
    assert middle.place == pytest.approx(0.5)


def test_a_strip_is_drawn_wide_enough_to_be_seen():
    image = np.arange(2048.0 * 8).reshape(8, 2048)
    drawn = value_map(image, statistics(image), title="a", name="a", unit="")
    assert drawn.height == 40
    assert drawn.image_height >= drawn.height


def test_a_class_map_tells_how_many_pixels_each_class_has():
    classes = np.zeros((100, 100), np.uint8)
    classes[0, :30], classes[1, :7] = 1, 2
    drawn = class_map(classes, title="DQ")
    assert [text for _, text in drawn.legend] == [
        "no flag: 9,963 (99.6 %)",
        "flagged, but usable: 30 (0.3 %)",
        "DO_NOT_USE: 7 (0.07 %)",
    ]
    assert all(text in drawn.words for _, text in drawn.legend)


def test_a_histogram_says_what_is_beyond():
    values = np.append(np.linspace(0, 1, 1000), 1e9)
    found = statistics(values)
    drawn = value_histogram(histogram(values, found.low, found.high), found, title="SCI", unit="DN")
    assert "beyond" in drawn.notes[0]
    assert drawn.path.count("H") == 60
    assert [mark.text for mark in drawn.marks] == ["median"]


def test_numbers_as_words():
    assert [number(value) for value in (0, 1.23456, -868.84, 35_644.7, 1.5e-7, 1e9, float("nan"), None)] == [
        *("0", "1.235", "-868.8", "35,645", "1.5e-7", "1e9", "–", "–")
    ]
    assert (quantity(2.0, "DN"), quantity(None, "DN"), percent(0.0123), percent(None)) == (
        "2 DN",
        "–",
        "1.23 %",
        "–",
    )
    assert (count(25_600), plural(1, "file"), plural(2, "file")) == ("25,600", "1 file", "2 files")
    assert [duration(value) for value in (None, 4, 600, 7200)] == ["–", "4.0 s", "10 min", "2.0 h"]
    assert [memory(size) for size in (0, 480_000_000, 3_000_000_000)] == ["–", "480 MB", "3.0 GB"]
    assert [listed(words) for words in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]

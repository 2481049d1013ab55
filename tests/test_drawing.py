"""Figures are drawn with titles, units and colour bars, and written whole beside the reference file."""

import numpy as np
import pytest

from mkrefs.api import Curves, Histogram, Map
from mkrefs.drawing import draw, figure_path, write_figures

HISTOGRAM = Histogram(
    "Errors of a detector",
    "error (DN)",
    np.linspace(0, 5, 51),
    np.concatenate([np.zeros(10), np.full(20, 1000), np.ones(20)]),
    {"mean": 2.0, "threshold": 3.5},
)
GRADIENT = np.add.outer(np.arange(40.0), np.arange(60.0))
MAP = Map("Bias of a detector", "bias (DN)", GRADIENT)
CURVES = Curves(
    "Samples by group", "group", "number", np.arange(5.0), {"used": np.arange(5.0), "flagged": np.ones(5)}
)


def test_a_histogram_has_axes_with_units_and_named_lines():
    (axes,) = draw(HISTOGRAM).axes
    assert axes.get_title() == "Errors of a detector"
    assert axes.get_xlabel() == "error (DN)"
    assert axes.get_ylabel() == "number"
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["mean: 2", "threshold: 3.5"]
    assert [line.get_xdata()[0] for line in axes.get_lines()] == [2.0, 3.5]
    assert len({line.get_linestyle() for line in axes.get_lines()}) == 2


def test_a_map_has_a_colour_bar_with_a_unit_and_its_first_row_at_the_bottom():
    axes, bar = draw(MAP).axes
    assert axes.get_title() == "Bias of a detector"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("column (pixel)", "row (pixel)")
    assert bar.get_ylabel() == "bias (DN)"
    (image,) = axes.get_images()
    assert image.origin == "lower"
    low, high = image.get_clim()
    assert 0 <= low < 5
    assert 90 < high <= 98
    brightness = image.cmap(np.linspace(0, 1, 20))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(brightness) > 0).all()  # readable without colours


def test_limits_of_a_map_can_be_given_and_gaps_do_not_matter():
    gaps = np.where(GRADIENT > 50, np.nan, GRADIENT)
    assert draw(Map("t", "q", gaps)).axes[0].get_images()[0].get_clim()[1] <= 50
    assert draw(Map("t", "q", GRADIENT, (10, 20))).axes[0].get_images()[0].get_clim() == (10, 20)
    assert draw(Map("t", "q", np.full((3, 3), np.nan))).axes[0].get_images()[0].get_clim() == (0, 1)


def test_few_whole_numbers_have_a_colour_each():
    classes = np.add.outer(np.arange(3.0), np.zeros(5))
    classes[0, 0] = np.nan
    axes, bar = draw(Map("t", "class", classes, (0, 2))).axes
    assert axes.get_images()[0].norm.boundaries.tolist() == [-0.5, 0.5, 1.5, 2.5]
    assert [text.get_text() for text in bar.get_yticklabels()] == ["0", "1", "2"]
    for image, limits in ((classes / 2, (0, 2)), (classes, (0, 1)), (classes * 50, (0, 100))):
        assert not hasattr(draw(Map("t", "q", image, limits)).axes[0].get_images()[0].norm, "boundaries")


def test_curves_are_told_apart_without_colours():
    (axes,) = draw(CURVES).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("group", "number")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["used", "flagged"]
    assert len({line.get_linestyle() for line in axes.get_lines()}) == 2


@pytest.mark.parametrize("figure", [HISTOGRAM, MAP, CURVES])
def test_a_png_is_written_beside_the_file_and_is_not_blank(tmp_path, figure):
    from matplotlib.image import imread

    output = tmp_path / "superbias_001.1c1cb38e.superbias.fits"
    (path,) = write_figures(output, {"some_map": figure})
    assert path == figure_path(output, "some_map")
    assert path.name == "superbias_001.1c1cb38e.superbias.some_map.png"
    assert sorted(tmp_path.iterdir()) == [path]
    pixels = imread(path)
    assert pixels.shape[:2] == (600, 800)
    grey = pixels[..., :3].mean(axis=-1)
    assert np.ptp(grey) > 0.5
    assert (grey < 0.9).mean() > 0.01


def test_the_same_figure_gives_the_same_file(tmp_path):
    first, second = (write_figures(tmp_path / f"{name}.fits", {"a": MAP})[0] for name in "xy")
    assert first.read_bytes() == second.read_bytes()


def test_no_figure_makes_no_file(tmp_path):
    assert write_figures(tmp_path / "a.fits", {}) == ()
    assert not list(tmp_path.iterdir())

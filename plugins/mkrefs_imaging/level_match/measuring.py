"""All pairs of pieces, measured once for all stages, and figures of them if wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mkrefs.api import CalibratedImage, Figure, SkyTransform
from mkrefs.stacks import side_by_side
from mkrefs_imaging.level_match.figures import FigureSettings, pair_figures
from mkrefs_imaging.level_match.noise import row_layout, row_variance
from mkrefs_imaging.level_match.pairs import Pair, PairSettings, Side, extent, measure_overlap, measure_pair
from mkrefs_imaging.level_match.pieces import Piece, PieceArrays, sky_of
from mkrefs_imaging.level_match.plane import TangentPlane, common_plane
from mkrefs_imaging.level_match.reference import distances_to_background
from mkrefs_imaging.level_match.stages import Measured
from mkrefs_imaging.overlaps.pixel_map import Footprint, footprint
from mkrefs_imaging.overlaps.smooth_sky import smooth_sky


@dataclass(frozen=True, slots=True)
class Survey:
    """What the stages work on, the common coordinates, and figures.

    Attributes
    ----------
    measured : Measured
        Pieces and their differences.
    plane : TangentPlane
        The common coordinates.
    figures : mapping of str to Figure
        Empty if not wanted.
    """

    measured: Measured
    plane: TangentPlane
    figures: Mapping[str, Figure]


def survey(
    images: Sequence[CalibratedImage],
    arrays: PieceArrays,
    numbers: Sequence[int],
    settings: PairSettings,
    drawing: FigureSettings | None = None,
) -> Survey:
    """Measure all pairs of pieces that overlap.

    Parameters
    ----------
    images : sequence of CalibratedImage
        All images.
    arrays : PieceArrays
        The science arrays of their pieces.
    numbers : sequence of int
        Pieces that take part.
    settings : PairSettings
        How pairs are measured.
    drawing : FigureSettings, optional
        How figures are drawn; none without.

    Returns
    -------
    Survey
    """
    pieces = arrays.pieces
    skies = {number: _smooth(images[number]) for number in {pieces[number].image for number in numbers}}
    circles = {number: _footprint(images, skies, pieces[number].image) for number in numbers}
    plane = common_plane(list(circles.values()))
    described = side_by_side(
        lambda number: _Description.of(images, arrays, number, skies, noise=settings.cells), numbers
    )
    sides = dict(zip(numbers, described, strict=True))
    figures: dict[str, Figure] = {}
    candidates = _candidates(pieces, numbers, circles)

    def measure(pair: tuple[int, int]) -> Pair | None:
        first, second = (sides[number].side(arrays) for number in pair)
        return measure_pair(first, second, plane, settings)

    found = zip(candidates, side_by_side(measure, candidates), strict=True)
    pairs = {both: pair for both, pair in found if pair is not None}
    if drawing is not None:
        for first, second in pairs:
            two = (sides[first].side(arrays), sides[second].side(arrays))
            overlap = measure_overlap(*two, plane, settings)
            names = (_name(images, pieces[first]), _name(images, pieces[second]))
            if overlap is not None:
                figures |= pair_figures(names, overlap, two[0].sky, plane, drawing)
    noise = np.array([sides[number].noise if number in sides else 0.0 for number in range(len(pieces))])
    cells = [row_layout(image.metadata, (image.shape[0], image.shape[1])).cells for image in images]
    starts = np.concatenate([[0], np.cumsum(cells)])
    measured = Measured(
        pieces,
        pairs,
        [distances_to_background(images)[piece.image] for piece in pieces],
        noise,
        [int(starts[piece.image]) for piece in pieces],
    )
    return Survey(measured, plane, figures)


@dataclass(frozen=True, slots=True)
class _Description:
    """What is kept of a piece besides its array."""

    number: int
    image: CalibratedImage
    sky: SkyTransform
    extent: tuple[int, int]
    noise: float

    @classmethod
    def of(
        cls,
        images: Sequence[CalibratedImage],
        arrays: PieceArrays,
        number: int,
        skies: Mapping[int, SkyTransform],
        *,
        noise: bool,
    ) -> "_Description":
        image, sky = images[arrays.pieces[number].image], skies[arrays.pieces[number].image]
        marked = arrays.marked(number)
        layout = row_layout(image.metadata, (image.shape[0], image.shape[1]))
        deviation = float(np.sqrt(row_variance(marked, layout))) if noise else 0.0
        return cls(number, image, sky, extent(marked), deviation)

    def side(self, arrays: PieceArrays) -> Side:
        layout = row_layout(self.image.metadata, (self.image.shape[0], self.image.shape[1]))
        return Side(arrays.marked(self.number), self.sky, layout, self.extent)


def _smooth(image: CalibratedImage) -> SkyTransform:
    return smooth_sky(sky_of(image), image.shape)


def _footprint(
    images: Sequence[CalibratedImage], skies: Mapping[int, SkyTransform], number: int
) -> Footprint:
    return footprint(skies[number], (images[number].shape[0], images[number].shape[1]))


def _candidates(
    pieces: Sequence[Piece], numbers: Sequence[int], circles: Mapping[int, Footprint]
) -> list[tuple[int, int]]:
    """Give the pairs of pieces of different images that may overlap."""
    return [
        (first, second)
        for place, first in enumerate(numbers)
        for second in numbers[place + 1 :]
        if pieces[first].image != pieces[second].image and circles[first].touches(circles[second])
    ]


def _name(images: Sequence[CalibratedImage], piece: Piece) -> str:
    return "_".join(part for part in (images[piece.image].exposure, piece.tile.part) if part)

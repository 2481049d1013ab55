"""The pieces that are matched: whole images, or the Lyot part and the rest of a MIRI image."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, CalibratedImage, SkyTransform, UserError
from mkrefs_imaging.level_match.lyot import PARTS, has_lyot, lyot_region
from mkrefs_imaging.level_match.tiles import Tile, find_tiles
from mkrefs_imaging.masks.sources import source_mask
from mkrefs_imaging.overlaps.resampling import mark_unusable

# Flags of pixels that are not used: bad ones, and those that see no sky.
_UNUSABLE = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["NON_SCIENCE"]
# What the marked images kept at hand may take together, bytes.
_AT_HAND = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an image that gets a correction of its own.

    Attributes
    ----------
    image : int
        Number of the image.
    tile : Tile
        The tile it belongs to.
    """

    image: int
    tile: Tile


@dataclass(frozen=True, slots=True)
class SourceMasking:
    """How sources are found: see `mkrefs_imaging.masks.sources.source_mask`."""

    sigma: float
    npixels: int
    dilate_size: int
    max_iters: int


def divide(images: Sequence[CalibratedImage], *, lyot: bool) -> list[Piece]:
    """Tell the pieces of all images.

    Parameters
    ----------
    images : sequence of CalibratedImage
        Images of exposures.
    lyot : bool
        Divide full MIRI images into the Lyot part and the rest.

    Returns
    -------
    list of Piece
        In the order of the images.
    """
    pieces = []
    for number, (image, tile) in enumerate(zip(images, find_tiles(images), strict=True)):
        parts = tuple(PARTS) if lyot and has_lyot(image) else ("",)
        pieces += [Piece(number, replace(tile, part=part)) for part in parts]
    return pieces


def sky_of(image: CalibratedImage) -> SkyTransform:
    """Give the way to the sky of an image.

    Raises
    ------
    mkrefs.api.UserError
        If it has none.
    """
    if image.sky is None:
        raise UserError(
            f"level_match: {image.name} has neither a WCS of the data model nor FITS keywords of one; run "
            "assign_wcs on it."
        )
    return image.sky


def usable_pixels(image: CalibratedImage) -> NDArray[np.bool_]:
    """Tell which pixels of an image may be used: finite, neither DO_NOT_USE nor NON_SCIENCE."""
    usable = np.isfinite(image.array("data"))
    if "dq" in image.arrays:
        usable &= (image.array("dq") & _UNUSABLE) == 0
    return np.asarray(usable)


@dataclass(slots=True)
class PieceArrays:
    """The science arrays of pieces with NaN where they are not usable, the last ones used kept at hand.

    Attributes
    ----------
    images : sequence of CalibratedImage
        All images.
    pieces : sequence of Piece
        Their pieces.
    masking : SourceMasking or None
        Leave sources out, found so; None keeps them.
    stripes : sequence of ndarray of float32
        What is taken off each image before it is measured; empty for nothing.
    """

    images: Sequence[CalibratedImage]
    pieces: Sequence[Piece]
    masking: SourceMasking | None = None
    stripes: Sequence[NDArray[np.float32]] = ()
    _kept: "OrderedDict[int, NDArray[np.floating]]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def marked(self, number: int) -> NDArray[np.floating]:
        """Give the science array of a piece, NaN where it is not usable or of another piece.

        Several threads may ask at once.
        """
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
        array = self._mark(self.pieces[number])
        with self._lock:
            self._kept[number] = array
            while len(self._kept) > 2 and sum(kept.nbytes for kept in self._kept.values()) > _AT_HAND:
                self._kept.popitem(last=False)
        return array

    def usable(self, piece: Piece) -> NDArray[np.bool_]:
        """Tell which pixels of the image belong to the piece and may be used."""
        image = self.images[piece.image]
        usable = usable_pixels(image)
        if piece.tile.part:
            usable &= lyot_region((image.shape[0], image.shape[1])) == PARTS[piece.tile.part]
        return usable

    def _mark(self, piece: Piece) -> NDArray[np.floating]:
        data, usable = self.images[piece.image].array("data"), self.usable(piece)
        if self.stripes:
            data = data - self.stripes[piece.image]
        if self.masking is not None and usable.any():
            usable &= ~self.sources(data, usable, self.masking)
        return mark_unusable(data, usable)

    @staticmethod
    def sources(
        data: NDArray[np.floating], usable: NDArray[np.bool_], masking: SourceMasking
    ) -> NDArray[np.bool_]:
        """Find the sources of an image."""
        return source_mask(
            data,
            usable,
            sigma=masking.sigma,
            npixels=masking.npixels,
            dilate_size=masking.dilate_size,
            max_iters=masking.max_iters,
        )

"""The local background: the clipped median of the sky of one image, which becomes the zero of its part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.level_match.applying import correction_of
from mkrefs_imaging.level_match.measuring import Survey
from mkrefs_imaging.level_match.pieces import PieceArrays, SourceMasking, sky_of
from mkrefs_imaging.level_match.stages import Matched
from mkrefs_imaging.statistics.clipped import clipped_median

Vector = NDArray[np.float64]


def local_backgrounds(
    parts: Sequence[tuple[int, tuple[int, ...]]],
    corrections: Vector,
    arrays: PieceArrays,
    survey: Survey,
    masking: SourceMasking,
) -> Vector:
    """Give what is to be taken off the pieces of each part besides, so that its reference has no background.

    Parameters
    ----------
    parts : sequence of (int, tuple of int)
        For each part of the mosaic the piece whose background is measured, and all of its pieces.
    corrections : ndarray of float64, shape (npieces, 3)
        What is taken off by now.
    arrays : PieceArrays
        The science arrays.
    survey : Survey
        The common coordinates.
    masking : SourceMasking
        How sources are masked; its clip is that of the median too.

    Returns
    -------
    ndarray of float64, shape (npieces,)
    """
    levels = np.zeros(len(corrections))
    for number, members in parts:
        piece = arrays.pieces[number]
        image = arrays.images[piece.image]
        plane = correction_of(
            corrections[number], sky_of(image), survey.plane, (image.shape[0], image.shape[1])
        )
        data = image.array("data") - plane
        usable = arrays.usable(piece)
        if not usable.any():
            continue
        sky = usable & ~arrays.sources(data, usable, masking)
        values = data[sky if sky.any() else usable]
        levels[list(members)] = clipped_median(values, sigma=masking.sigma, max_iters=masking.max_iters)
    return levels


def parts_of(mosaic: Matched) -> list[tuple[int, tuple[int, ...]]]:
    """Give the parts of the mosaic that hang together.

    Parameters
    ----------
    mosaic : Matched
        The last stage.

    Returns
    -------
    list of (int, tuple of int)
        The first piece of the reference of each part, and all of its pieces; parts of one piece, to which
        nothing was matched, are left out.
    """
    found = []
    for part, reference in zip(sorted(set(mosaic.parts)), mosaic.references, strict=True):
        units = [unit for unit, one in zip(mosaic.units, mosaic.parts, strict=True) if one == part]
        pieces = tuple(piece for unit in units for piece in unit.pieces)
        if len(pieces) > 1:
            found.append((mosaic.units[reference].pieces[0], pieces))
    return found

"""Which compact sources of several images are the same on the sky: stars are, cosmic rays are not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources that were seen in two images at least.

    Attributes
    ----------
    ra, dec : ndarray of float64, shape (nsources,)
        Position in degrees, that of the brightest sighting.
    sighting : ndarray of int64, shape (nsources, nimages)
        Number of the source among those of each image; -1 where it was not seen.
    """

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    sighting: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> "Sources":
        """Give some of the sources."""
        return Sources(self.ra[chosen], self.dec[chosen], self.sighting[chosen])


def match_sources(
    positions: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    heights: Sequence[NDArray[np.float64]],
    *,
    tolerance: float,
) -> Sources:
    """Match the sources of several images by their positions, the brightest first.

    Parameters
    ----------
    positions : sequence of (ndarray, ndarray)
        Right ascension and declination in degrees, by image.
    heights : sequence of ndarray
        How bright each is.
    tolerance : float
        Largest distance from the brightest sighting, in degrees.

    Returns
    -------
    Sources
        Of sources that lie closer together than the tolerance, an image gives the nearest.
    """
    image = np.repeat(np.arange(len(heights)), [len(each) for each in heights])
    number = np.concatenate([np.arange(len(each)) for each in heights])
    ra, dec = (np.concatenate([np.atleast_1d(pair[axis]) for pair in positions]) for axis in (0, 1))
    vectors = _unit_vectors(ra, dec)
    rows: list[NDArray[np.int64]] = []
    chosen: list[int] = []
    free = np.ones(image.size, dtype=np.bool_)
    tree = KDTree(vectors)
    for first in np.argsort(-np.concatenate(heights), kind="stable"):
        if not free[first]:
            continue
        near = np.array(tree.query_ball_point(vectors[first], np.deg2rad(tolerance)), dtype=np.intp)
        near = near[free[near]]
        free[near] = False
        distance = np.linalg.norm(vectors[near] - vectors[first], axis=1)
        row = np.full(len(heights), -1, dtype=np.int64)
        for place in near[np.argsort(-distance, kind="stable")]:
            row[image[place]] = number[place]
        if np.count_nonzero(row >= 0) > 1:
            rows.append(row)
            chosen.append(int(first))
    return Sources(ra[chosen], dec[chosen], np.array(rows, dtype=np.int64).reshape(-1, len(heights)))


def _unit_vectors(ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.float64]:
    alpha, delta = np.deg2rad(ra), np.deg2rad(dec)
    return np.stack([np.cos(delta) * np.cos(alpha), np.cos(delta) * np.sin(alpha), np.sin(delta)], axis=-1)

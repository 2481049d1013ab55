"""Mosaics of calibrated images, with their truth beside."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.kept import kept
from mkrefs.testing import MosaicSpec, simulate_mosaic, write_mosaic
from mkrefs.testing.mosaic_files import TRUTH_FILE


@dataclass(frozen=True, slots=True)
class MosaicData:
    """A mosaic to be kept.

    Attributes
    ----------
    name : str
        Of its folder.
    size : int
        Rows and columns of an image.
    options : mapping
        Of `mkrefs.testing.MosaicSpec`.
    """

    name: str
    size: int
    options: Mapping[str, Any]

    def files_in(self, folder: Path) -> list[str]:
        """Give the paths of the images, made below a folder if they are not there."""
        own = self._own(folder)
        spec = MosaicSpec(shape=(self.size, self.size), **self.options)
        note = {key: str(value) for key, value in asdict(spec).items()}
        kept(own, note, lambda place: write_mosaic(simulate_mosaic(spec), place) and None)
        return [str(path) for path in sorted(own.glob("*_cal.fits"))]

    def truth(self, folder: Path, image: str, name: str) -> NDArray[Any]:
        """Give a map of what an image is made of; see `mkrefs.testing.ImageTruth`."""
        with np.load(self._own(folder) / TRUTH_FILE) as arrays:
            return np.asarray(arrays[f"{image}|{name}"])

    def _own(self, folder: Path) -> Path:
        return folder / f"{self.name}_{self.size}"

"""Repair of bad pixels by the median of their neighbours, in plain numpy.

This is how coronagraphy tools do it: the median of shifted copies of each frame, and of its errors, replaces
what is bad.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving import serve

_DO_NOT_USE = 1
_SHIFTS = (-1, 0, 1)


def local_median(given: Mapping[str, Any]) -> None:
    """Repair the cubes of some files, and save them."""
    from astropy.io import fits

    folder = Path(given["output"]).parent
    for path in given["images"]:
        with fits.open(path) as hdus:
            bad = (hdus["DQ"].data & _DO_NOT_USE) != 0
            for name in ("SCI", "ERR"):
                data = hdus[name].data.astype("f4")
                for frame, flags in zip(data, bad, strict=True):
                    repair(frame, flags)
                hdus[name].data = data
            hdus.writeto(folder / Path(path).name, overwrite=True)


def repair(frame: Any, bad: Any) -> None:
    """Repair a frame in place."""
    import numpy as np

    spoilt = np.where(bad, np.nan, frame)
    padded = np.pad(spoilt, 1, constant_values=np.nan)
    nrows, ncols = frame.shape
    copies = [
        padded[1 + y : 1 + y + nrows, 1 + x : 1 + x + ncols]
        for y in _SHIFTS
        for x in _SHIFTS
        if (x, y) != (0, 0)
    ]
    with np.errstate(all="ignore"):
        median = np.nanmedian(np.stack(copies), axis=0)
    frame[bad] = median[bad]


if __name__ == "__main__":
    serve({"local_median": local_median}, ("numpy", "astropy"))

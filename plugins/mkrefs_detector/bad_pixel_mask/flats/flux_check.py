"""The flux check: pixels that look dead because they saturate at once are bright in the raw exposures."""

from collections.abc import Collection, Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Ramp, UserError
from mkrefs_detector.bad_pixel_mask.flats.samples import row_blocks
from mkrefs_detector.bad_pixel_mask.search import BoolMap

_LAST_GROUPS = 4
_ROWS = 256


def raw_exposures(ramps: Sequence[Ramp], files: Collection[str] | None) -> tuple[Ramp, ...]:
    """Give the raw exposures of the inputs, or of those that are named.

    Parameters
    ----------
    ramps : sequence of Ramp
        The inputs.
    files : collection of str or None
        Names or paths of raw exposures; None takes all.

    Returns
    -------
    tuple of Ramp

    Raises
    ------
    mkrefs.api.UserError
        If an exposure was not found, or a name is that of no input.
    """
    found = {}
    for ramp in ramps:
        if ramp.raw is None:
            raise UserError(
                f"run_dead_flux_check: there is no raw exposure of {ramp.name}; give the _uncal file among "
                "the inputs, or set run_dead_flux_check to false."
            )
        found[ramp.raw.name] = ramp.raw
    if files is None:
        return tuple(found.values())
    wanted = [PurePath(file).name for file in files]
    for name in wanted:
        if name not in found:
            raise UserError(
                f"dead_flux_check_files: {name} is not the raw exposure of an input; allowed are "
                f"{', '.join(found)}, or null for all."
            )
    return tuple(found[name] for name in dict.fromkeys(wanted))


def last_groups_mean(raw: Sequence[Ramp]) -> NDArray[np.float64]:
    """Average the last four groups of all integrations of raw exposures, each exposure alike.

    Parameters
    ----------
    raw : sequence of Ramp
        Raw exposures of one array size, at least one.

    Returns
    -------
    ndarray of float64, shape (nrows, ncols)
        Mean raw level in DN; of exposures of fewer groups, of those there are.

    Raises
    ------
    mkrefs.api.UserError
        If an exposure has other rows or columns than the first.
    """
    shape = raw[0].shape[2:]
    mean = np.zeros(shape)
    for ramp in raw:
        if ramp.shape[2:] != shape:
            raise UserError(
                f"run_dead_flux_check: {ramp.name} has {ramp.shape[2]} rows and {ramp.shape[3]} columns, "
                f"{raw[0].name} {shape[0]} and {shape[1]}; leave out one of them."
            )
        groups = slice(max(ramp.shape[1] - _LAST_GROUPS, 0), ramp.shape[1])
        for start, stop in row_blocks(shape[0], _ROWS):
            block = ramp.rows(start, stop, groups).science
            mean[start:stop] += block.mean(axis=(0, 1), dtype=np.float64) / len(raw)
    return mean


def bright_in_raw(level: NDArray[np.floating], *, limit: float) -> BoolMap:
    """Mark pixels whose raw level is above a limit: they are not dead."""
    return np.asarray(level > limit)

"""From measured ramps to what the file holds: dark current, errors, flags, gaps filled, and HISTORY."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs_detector.dark.flags import DarkFlags, find_flags
from mkrefs_detector.statistics.sampling import spread_step

if TYPE_CHECKING:
    from mkrefs_detector.dark.parameters import DarkParameters
    from mkrefs_detector.dark.streaming import DarkMap

# Pixels that tell the usual ramp.
_SAMPLE = 1 << 16
# With fewer than so many all are taken.
_ENOUGH = 1 << 10


@dataclass(frozen=True, slots=True)
class DarkProduct:
    """The content of a dark file. With two selections cubes have a further first axis.

    Attributes
    ----------
    data, err : ndarray of float32, shape (ngroups, nrows, ncols)
        Dark ramp in DN, finite everywhere, and its error in DN, NaN without a contribution.
    rate, rate_err : ndarray of float32, shape (nrows, ncols)
        Dark current in DN/s, finite everywhere, and its error, NaN without data.
    count : ndarray of unsigned int, shape (ngroups, nrows, ncols)
        Contributions to each group.
    samples, scatter : ndarray of float32, shape (nrows, ncols)
        Integrations that contribute; standard deviation of the difference of two groups in DN.
    flags : mapping of str to ndarray of bool
        By mnemonic, of shape (nrows, ncols), or (nselections, 1, nrows, ncols) for two selections.
    found : DarkFlags
        The same by reason.
    history : tuple of str
        What came out.
    """

    data: NDArray[np.float32]
    err: NDArray[np.float32]
    rate: NDArray[np.float32]
    rate_err: NDArray[np.float32]
    count: NDArray[np.unsignedinteger]
    samples: NDArray[np.float32]
    scatter: NDArray[np.float32]
    flags: Mapping[str, NDArray[np.bool_]]
    found: DarkFlags
    history: tuple[str, ...]


def make_product(
    measured: "DarkMap",
    parameters: "DarkParameters",
    *,
    group_time: float,
    averaging: float,
    reference: NDArray[np.bool_],
    by_integration: bool,
) -> DarkProduct:
    """Give units, errors and flags to measured ramps, and fill their gaps; the arrays are used on.

    Parameters
    ----------
    measured : DarkMap
        Mean ramps.
    parameters : DarkParameters
        What the section of the label sets.
    group_time : float
        Seconds from group to group.
    averaging : float
        Share of the shot noise that a difference shows.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels.
    by_integration : bool
        Whether cubes and flags have an axis of integrations, as MIRI's.

    Returns
    -------
    DarkProduct

    Raises
    ------
    mkrefs.api.UserError
        If more than half of the pixels have no data.
    """
    for image in (measured.rate, measured.rate_err):
        image /= np.float32(group_time)
    rate, rate_err = _mean_rate(measured)
    shot = averaging * group_time
    found = find_flags(measured, parameters, rate=rate, rate_err=rate_err, reference=reference, shot=shot)
    _check_gaps(found.missing)
    _set_errors(measured, parameters)
    _fill_gaps(measured, found, rate, rate_err)
    history = _history(found, rate_err, reference)
    measured.used[found.missing] = 0
    drop = slice(None) if by_integration else 0
    return DarkProduct(
        data=measured.ramp[drop],
        err=measured.err[drop],
        rate=rate,
        rate_err=rate_err,
        count=measured.count[drop],
        samples=measured.used.sum(axis=0) if by_integration else measured.used[0],
        scatter=np.sqrt(np.nanmean(measured.scatter**2, axis=0)) if by_integration else measured.scatter[0],
        flags=_by_mnemonic(found, parameters, by_integration=by_integration),
        found=found,
        history=history,
    )


def _mean_rate(measured: "DarkMap") -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the dark current of all selections together and its error in DN/s; NaN without data."""
    if len(measured.selections) == 1:
        return measured.rate[0], measured.rate_err[0]
    known = np.isfinite(measured.rate) & np.isfinite(measured.rate_err) & (measured.rate_err > 0)
    weight = np.where(known, 1 / np.where(known, measured.rate_err, 1) ** 2, 0).astype(np.float32)
    total = weight.sum(axis=0)
    rate, error = np.full_like(total, np.nan), np.full_like(total, np.nan)
    product = (weight * np.where(known, measured.rate, 0)).sum(axis=0)
    np.divide(product, total, out=rate, where=total > 0)
    np.divide(1, np.sqrt(total), out=error, where=total > 0)
    return rate, error


def _check_gaps(missing: NDArray[np.bool_]) -> None:
    gaps = int(np.count_nonzero(missing.any(axis=0)))
    size = missing[0].size
    if 2 * gaps > size:
        raise UserError(
            f"dark: {gaps} of {size} pixels have no groups that can be used; at most half may be without: "
            "give more exposures, or look at the GROUPDQ of the inputs."
        )


def _set_errors(measured: "DarkMap", parameters: "DarkParameters") -> None:
    """Turn the errors in place into those wanted; NaN where nothing contributes."""
    if measured.err.shape != measured.count.shape:
        return
    found, wanted = ("scatter" if parameters.average == "levels" else "mean"), parameters.error
    for err, count in zip(measured.err, measured.count, strict=True):
        for error, number in zip(err, count, strict=True):
            if found == "scatter" and wanted == "mean":
                np.divide(error, np.sqrt(number, dtype=np.float32), out=error, where=number > 0)
            elif found == "mean" and wanted == "scatter":
                error *= np.sqrt(number, dtype=np.float32)
            np.copyto(error, np.nan, where=number == 0)


def _fill_gaps(
    measured: "DarkMap", found: DarkFlags, rate: NDArray[np.float32], rate_err: NDArray[np.float32]
) -> None:
    """Put usual values in place where there are none."""
    for place, missing in enumerate(found.missing):
        gaps = np.nonzero(missing)
        good = _some_of(~found.unreliable[place])
        good = good if good.size else _some_of(~missing)
        for group in range(measured.ramp.shape[1]):
            plane = measured.ramp[place, group]
            if gaps[0].size:
                plane[gaps] = np.median(plane.ravel()[good])
                measured.err[place, group][gaps] = np.nan
            # A sum is quickly made, and not finite if any value is not.
            elif not np.isfinite(plane.sum()):
                plane[~np.isfinite(plane)] = np.median(plane.ravel()[good])
    without = ~np.isfinite(rate)
    if without.any():
        rate[without] = np.nanmedian(rate)
        rate_err[without] = np.nan


def _some_of(wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give the places of a fair sample of what is wanted; all of it where there is little."""
    flat = wanted.ravel()
    step = spread_step(flat.size, _SAMPLE)
    found = np.flatnonzero(flat[::step]) * step
    return found if found.size > _ENOUGH else np.flatnonzero(flat)


def _median(image: NDArray[np.float32], wanted: NDArray[np.bool_]) -> float:
    """Give the median of what is wanted and known; NaN if nothing is."""
    known = image[wanted & np.isfinite(image)]
    return float(np.median(known, overwrite_input=True)) if known.size else math.nan


def _by_mnemonic(
    found: DarkFlags, parameters: "DarkParameters", *, by_integration: bool
) -> dict[str, NDArray[np.bool_]]:
    """Name the flags; DO_NOT_USE is what is without data, and what the parameters add."""
    maps: dict[str, Any] = {
        "HOT": np.broadcast_to(found.hot, found.missing.shape),
        "WARM": np.broadcast_to(found.warm, found.missing.shape),
        "UNRELIABLE_DARK": found.unreliable,
    }
    unused = found.missing.copy()
    wanted = (parameters.hot_do_not_use, parameters.warm_do_not_use, parameters.unreliable_do_not_use)
    for flags, wish in zip(maps.values(), wanted, strict=True):
        if wish:
            unused |= flags
    maps = {"DO_NOT_USE": unused, **maps}
    return {name: flags[:, None] if by_integration else flags[0] for name, flags in maps.items()}


def _history(found: DarkFlags, error: NDArray[np.float32], reference: NDArray[np.bool_]) -> tuple[str, ...]:
    numbers = {
        name: int(np.count_nonzero(getattr(found, name).any(axis=0)))
        for name in ("missing", "incomplete", "few", "noisy", "unsteady")
    }
    lines = [
        f"Median dark current (AVDRKCUR): {found.usual:.4g} DN/s; median error (AVDRKERR): "
        f"{_median(error, ~reference):.3g} DN/s.",
        f"HOT: {int(found.hot.sum())} pixels; WARM: {int(found.warm.sum())} pixels.",
        f"UNRELIABLE_DARK: {numbers['noisy']} pixels by their noise, {numbers['unsteady']} whose "
        f"integrations differ, {numbers['few']} with too few integrations, {numbers['incomplete']} with "
        "groups unmeasured.",
    ]
    if numbers["missing"]:
        lines.append(
            f"{numbers['missing']} pixels have no data: they hold the median ramp, with NSAMPLES 0, ERR NaN "
            "and DO_NOT_USE."
        )
    for place, groups in enumerate(found.skipped):
        if groups:
            which = "" if len(found.skipped) == 1 else f" of {('first', 'later')[place]} integrations"
            lines.append(
                f"Groups {', '.join(map(str, groups))}{which} are flagged in the inputs: the dark goes on "
                "there as the dark current does, with NCONTRIB 0."
            )
    return tuple(lines)

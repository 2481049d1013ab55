"""Differences of groups, first hits, and what is usable before them, on blocks of ramps.

Pure functions of arrays; which flags mean what is the caller's business. They work in one thread and let
others work meanwhile: call them on blocks of rows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError

_MOST_GROUPS = np.iinfo(np.uint16).max


def group_differences(
    science: NDArray[np.floating],
    group_dq: NDArray[np.uint8],
    earlier: NDArray[np.integer],
    later: NDArray[np.integer],
    *,
    spoils: int,
    strikes: int,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Take differences of groups, and leave out those that flags spoil.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, ...)
        Signal; other types and byte orders are converted.
    group_dq : ndarray of uint8, same shape
        Group flags.
    earlier, later : ndarray of int, shape (npairs,)
        Groups, from 0, of each difference, which is the later less the earlier.
    spoils : int
        Flags that spoil a difference in either of its groups, such as SATURATED.
    strikes : int
        Flags that spoil a difference in its later group alone, such as JUMP_DET of neighbouring groups.
    out : ndarray of float32 or None, shape (nints * npairs, npixels)
        Where to write; in C order.

    Returns
    -------
    ndarray of float32, shape (nints * npairs, npixels)
        Differences, integration by integration; NaN where one is spoilt or not finite.

    Raises
    ------
    UserError
        If the shapes do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.array([1.0, 3.0, 6.0], np.float32).reshape(1, 3, 1)
    >>> flags = np.array([0, 0, 4], np.uint8).reshape(1, 3, 1)
    >>> first, second = np.arange(2), np.arange(1, 3)
    >>> group_differences(ramp, flags, first, second, spoils=3, strikes=4).ravel().tolist()
    [2.0, nan]
    """
    from mkrefs.stacks.group_kernels import write_differences

    values, flags = _flat(science, np.float32), _flat(group_dq, np.uint8)
    nints, ngroups, npixels = values.shape
    first, second = np.asarray(earlier, np.int64), np.asarray(later, np.int64)
    shape = (nints * first.size, npixels)
    if flags.shape != values.shape or first.shape != second.shape:
        raise UserError(
            f"group_differences: science has the shape {np.shape(science)} and group_dq "
            f"{np.shape(group_dq)}, with {first.size} earlier and {second.size} later groups; arrays of one "
            "shape are needed."
        )
    pairs = np.concatenate([first, second])
    if pairs.size and (pairs.min() < 0 or pairs.max() >= ngroups):
        raise UserError(f"group_differences: the ramps have {ngroups} groups, and others were asked for.")
    found = _room(out, shape, np.float32, "group_differences")
    write_differences(values, flags, first, second, np.uint8(spoils), np.uint8(strikes), found)
    return found


def first_flagged(
    group_dq: NDArray[np.uint8], flags: int, *, out: NDArray[np.uint16] | None = None
) -> NDArray[np.uint16]:
    """Find the first group of each ramp that has any of some flags.

    Parameters
    ----------
    group_dq : ndarray of uint8, shape (nints, ngroups, ...)
        Group flags.
    flags : int
        The flags.
    out : ndarray of uint16 or None, shape (nints, npixels)
        Where to write; in C order.

    Returns
    -------
    ndarray of uint16, shape (nints, ...)
        Its number from 0; that of all groups where none has. With ``out``, of the shape of ``out``.

    Raises
    ------
    UserError
        If there are more groups than the numbers can tell, or ``out`` has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> first_flagged(np.array([[[0, 1], [4, 0], [4, 2]]], np.uint8), 4).tolist()
    [[1, 3]]
    """
    from mkrefs.stacks.group_kernels import find_first

    ramps = _flat(group_dq, np.uint8)
    nints, ngroups, npixels = ramps.shape
    if ngroups > _MOST_GROUPS:
        raise UserError(f"first_flagged: {ngroups} groups are too many; give {_MOST_GROUPS} at most.")
    found = _room(out, (nints, npixels), np.uint16, "first_flagged")
    find_first(ramps, np.uint8(flags), found)
    return found if out is not None else found.reshape(nints, *np.shape(group_dq)[2:])


def usable_groups(
    group_dq: NDArray[np.uint8], *, ends: int, spoils: int = 0, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Mark the groups of each ramp before the first hit.

    Parameters
    ----------
    group_dq : ndarray of uint8, shape (nints, ngroups, ...)
        Group flags.
    ends : int
        Flags from which on a ramp is not used: the group that has one, and all after it.
    spoils : int
        Flags of a group that is left out alone.
    out : ndarray of uint8 or None, shape (nints, ngroups, npixels)
        Where to write; in C order.

    Returns
    -------
    ndarray of uint8, same shape as ``group_dq``, or that of ``out``
        1 for what is usable, 0 for the rest.

    Raises
    ------
    UserError
        If ``out`` has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> usable_groups(np.array([0, 1, 0, 4, 0], np.uint8).reshape(1, 5, 1), ends=4, spoils=1).ravel().tolist()
    [1, 0, 1, 0, 0]
    """
    from mkrefs.stacks.group_kernels import mark_usable

    ramps = _flat(group_dq, np.uint8)
    found = _room(out, ramps.shape, np.uint8, "usable_groups")
    mark_usable(ramps, np.uint8(ends), np.uint8(spoils), found)
    return found if out is not None else found.reshape(np.shape(group_dq))


def _flat(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Give a read-only view with one axis of pixels, so that one compiled kernel serves all inputs."""
    wide = np.ascontiguousarray(array, dtype=dtype)
    view = wide.reshape(*wide.shape[:2], int(np.prod(wide.shape[2:])))[...]
    view.flags.writeable = False
    return view


def _room(out: NDArray[Any] | None, shape: tuple[int, ...], dtype: Any, caller: str) -> NDArray[Any]:
    """Give the array to write to."""
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise UserError(
            f"{caller}: out has the shape {out.shape} and type {out.dtype}, but an array in C order of shape "
            f"{shape} and type {np.dtype(dtype)} is needed."
        )
    return out

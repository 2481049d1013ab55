"""Whether darks are enough for a class; a class they are not enough for is refused, with the numbers."""

from dataclasses import dataclass

import numpy as np

# What each search needs.
LEAST_SLOPES = 5
LEAST_DOF, LEAST_OWN_DOF = 10.0, 5.0
_LEAST_INTEGRATIONS = 3
_LEAST_CURVED_INTEGRATIONS, _LEAST_CURVED_GROUPS = 5, 4
_LEAST_LEVEL_GROUPS = 3
_LEAST_STEPS = 20
_LARGEST_NOISE = 10.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much data there is.

    Attributes
    ----------
    integrations, ngroups : int
        Integrations of all darks, groups of the longest ramp.
    differences : int
        Differences of neighbouring groups.
    dof : float or None
        Degrees of freedom of the noise of a typical pixel; None where samples are not looked at.
    read : float or None
        Read variance of a group of a typical pixel in DN^2; None where samples are not looked at.
    pedestals : bool
        Whether there are pedestals.
    """

    integrations: int
    ngroups: int
    differences: int
    dof: float | None
    read: float | None
    pedestals: bool


def too_few(name: str, extent: Extent) -> str:
    """Tell why there are too few data for a class; empty if there are enough.

    Parameters
    ----------
    name : str
        The class, or ``rate`` for hot pixels by their rate.
    extent : Extent
        How much data there is.

    Returns
    -------
    str
        The rest of a sentence.
    """
    integrations, groups = extent.integrations, extent.ngroups
    if extent.read is not None and not np.isfinite(extent.read) and name not in ("hot", "high_cr"):
        return "the noise of the pixels cannot be measured"
    settles = name in ("rc", "inverse_rc")
    needed = _LEAST_CURVED_INTEGRATIONS if settles else _LEAST_INTEGRATIONS
    if (settles or name in ("rate", "warm", "low_pedestal")) and integrations < needed:
        return f"{integrations} integrations are too few to tell it from cosmic rays; {needed} are needed"
    if settles and groups < _LEAST_CURVED_GROUPS:
        return f"{groups} groups are too few to see a ramp bend; {_LEAST_CURVED_GROUPS} are needed"
    if name == "telegraph" and (groups < _LEAST_LEVEL_GROUPS or extent.differences < _LEAST_STEPS):
        return (
            f"{extent.differences} differences of groups in {integrations} integrations are too few to see a "
            f"pixel switch; {_LEAST_STEPS} in ramps of {_LEAST_LEVEL_GROUPS} groups are needed"
        )
    if name == "noisy" and extent.dof is None and integrations < LEAST_SLOPES:
        return f"{integrations} integrations are too few to see slopes scatter; {LEAST_SLOPES} are needed"
    if name == "noisy" and extent.dof is not None and extent.dof < LEAST_DOF:
        return (
            f"the noise of a typical pixel has {extent.dof:g} degrees of freedom, too few to tell it from "
            f"another's; {LEAST_DOF:g} are needed"
        )
    if name == "low_pedestal" and not extent.pedestals:
        return "there are no pedestals of all darks"
    return ""


def too_uncertain(threshold: float) -> str:
    """Tell why a noise cannot be told from another's; empty if it can.

    Parameters
    ----------
    threshold : float
        How many times the noise of a typical pixel one must have to stand out.

    Returns
    -------
    str
        The rest of a sentence.
    """
    if threshold <= _LARGEST_NOISE:
        return ""
    return (
        f"a pixel would have to be {threshold:.3g} times as noisy as others to stand out, more than "
        f"{_LARGEST_NOISE:g}"
    )


def too_many(count: int, of: int, largest: float) -> str:
    """Tell why so many pixels are not believed; empty if they are.

    Parameters
    ----------
    count, of : int
        Pixels found, and light-sensitive ones.
    largest : float
        Largest share that is believed.

    Returns
    -------
    str
        The rest of a sentence.
    """
    if count <= largest * of:
        return ""
    return f"{count / max(of, 1):.1%} of the pixels would be flagged, more than {largest:.1%}"

"""Keeps the pixels that the mask in use excludes: reference files are made for all pixels.

What an algorithm does with them is its own business; PIXELDQ goes on telling which they are.
"""

from typing import Any

from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ


def unmask(model: Any) -> None:
    """Take DO_NOT_USE out of a ramp's PIXELDQ, for a fit that is to give slopes of all pixels.

    Parameters
    ----------
    model : RampModel
        A ramp that is not going to be saved; changed in place.
    """
    model.pixeldq &= 0xFFFFFFFF ^ PIXEL_DQ["DO_NOT_USE"]


def admit_masked_pixels(model: Any) -> None:
    """Take the mask's DO_NOT_USE out of the flags of groups, where dq_init copies it to.

    The steps after it would neither look for jumps in such a pixel nor fit its slope, and nobody could find
    out whether it is as bad as the mask says.

    Parameters
    ----------
    model : RampModel
        What dq_init gave; its ``groupdq`` is changed in place.
    """
    masked = (model.pixeldq & PIXEL_DQ["DO_NOT_USE"]) != 0
    everywhere = (model.groupdq & GROUP_DQ["DO_NOT_USE"]).all(axis=(0, 1))
    model.groupdq[..., masked & everywhere] &= 0xFF ^ GROUP_DQ["DO_NOT_USE"]

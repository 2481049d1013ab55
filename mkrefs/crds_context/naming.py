"""Names of rules and reference files as CRDS gives them: a stem and a number of four digits."""

import re
from collections.abc import Collection


def next_name(stem: str, suffix: str, taken: Collection[str]) -> str:
    """Give the name with the next free number.

    Parameters
    ----------
    stem : str
        Such as ``jwst_nircam_readnoise``.
    suffix : str
        Such as ``.rmap``.
    taken : collection of str
        Names in use; the new number is above all of the same stem, whatever their suffix.

    Returns
    -------
    str
        Such as ``jwst_nircam_readnoise_0003.rmap``; number 1 if none is taken.
    """
    pattern = re.compile(rf"{re.escape(stem)}_(\d+)\.\w+")
    numbers = [int(match[1]) for name in taken if (match := pattern.fullmatch(name))]
    return f"{stem}_{max(numbers, default=0) + 1:04d}{suffix}"

"""Turns bad-pixel maps by mnemonic into a data model's DQ array and its DQ_DEF table, and back.

In a data model's memory DQ holds the pipeline's own bits; on saving, the model packs them by DQ_DEF.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.instruments.dq import PIXEL_DQ

_COLUMNS = [("BIT", "<u4"), ("VALUE", "<u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")]


def encode_flags(flags: Mapping[str, NDArray[np.bool_]]) -> tuple[NDArray[np.uint32], NDArray[np.void]]:
    """Make DQ and DQ_DEF.

    Parameters
    ----------
    flags : mapping of str to boolean ndarray
        Maps of one shape by mnemonic, at least one; the first gets bit 0.

    Returns
    -------
    dq : ndarray of uint32
    dq_def : structured ndarray with the columns BIT, VALUE, NAME, DESCRIPTION

    Raises
    ------
    UserError
        If a mnemonic is not one of the pipeline's.
    """
    unknown = sorted(set(flags) - set(PIXEL_DQ))
    if unknown:
        raise UserError(
            f"'{unknown[0]}' is no DQ mnemonic of the pipeline; allowed are {', '.join(sorted(PIXEL_DQ))}."
        )
    dq = np.zeros(next(iter(flags.values())).shape, np.uint32)
    rows = []
    for bit, (name, flagged) in enumerate(flags.items()):
        dq |= np.where(flagged, np.uint32(PIXEL_DQ[name]), np.uint32(0))
        rows.append((bit, 1 << bit, name.encode(), name.lower().replace("_", " ").encode()))
    return dq, np.array(rows, dtype=_COLUMNS)


def decode_flags(dq: NDArray[np.integer], dq_def: NDArray[np.void]) -> dict[str, NDArray[np.bool_]]:
    """Give the maps by mnemonic that DQ and DQ_DEF hold."""
    maps = {}
    for row in dq_def:
        raw = row["NAME"]
        name = (raw.decode() if isinstance(raw, bytes) else str(raw)).strip()
        maps[name] = (dq & np.uint32(PIXEL_DQ[name])) != 0
    return maps

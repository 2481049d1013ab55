"""What no reference file may hold, whatever made it."""

import numpy as np

from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError


def check_content(data: ReferenceData, maker: str) -> None:
    """Refuse content that is empty, so that a failed algorithm never becomes a file.

    Raises
    ------
    UserError
        If an array holds no finite value.
    """
    for name, array in data.arrays.items():
        if array.size == 0 or not np.isfinite(array).any():
            raise UserError(f"{maker}: the array '{name}' holds no finite value; the inputs give no result.")

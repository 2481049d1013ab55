"""Opens the data model of an image, also of a file that is not quite as the model wants it."""

import warnings
from pathlib import Path
from typing import Any

from mkrefs.errors import UserError
from mkrefs.images.unchecked import unchecked_trees


def open_model(path: Path) -> Any:
    """Open the data model of an image or cube.

    What its header holds that the schema does not allow is left out of the model without a word.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    stdatamodels.jwst.datamodels.JwstDataModel
        The caller closes it.

    Raises
    ------
    UserError
        If no model fits.
    """
    from stdatamodels.exceptions import NoTypeWarning, ValidationWarning
    from stdatamodels.jwst import datamodels

    with warnings.catch_warnings(), unchecked_trees():
        for kind in (NoTypeWarning, ValidationWarning):
            warnings.simplefilter("ignore", kind)
        try:
            return datamodels.open(path)
        except (OSError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"{path} cannot be opened as a data model ({reason}); leave it out.") from error

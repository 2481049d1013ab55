"""The outlier detection of jwst on its own; run under the interpreter of the peers' environment."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving import serve


def outlier_detection(given: Mapping[str, Any]) -> None:
    """Flag the outliers of images, and save these."""
    from jwst.outlier_detection import OutlierDetectionStep

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder = Path(given["output"]).parent
    library = OutlierDetectionStep().run(list(given["images"]))
    with library:
        for number, path in enumerate(given["images"]):
            model = library.borrow(number)
            model.save(str(folder / Path(path).name))
            library.shelve(model, number, modify=False)


if __name__ == "__main__":
    serve({"outlier_detection": outlier_detection}, ("jwst", "stcal", "astropy", "numpy"))

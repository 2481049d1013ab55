"""The primary headers of exposures, read with astropy."""

from collections.abc import Mapping
from typing import Any

from serving import serve


def headers(given: Mapping[str, Any]) -> dict[str, int]:
    """Read them one after the other; give how many are of darks."""
    from astropy.io import fits

    types = [fits.getheader(path, 0)["EXP_TYPE"] for path in given["exposures"]]
    return {"exposures": sum(name.endswith("DARK") for name in types)}


if __name__ == "__main__":
    serve({"headers": headers}, ("astropy", "numpy"))

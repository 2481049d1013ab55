"""Tables of exposures for the tests of grouping."""

from collections.abc import Callable

import pandas as pd
import pytest

NIRCAM = {
    "INSTRUME": "NIRCAM",
    "DETECTOR": "NRCA1",
    "SUBARRAY": "SUB160",
    "READPATT": "RAPID",
    "SUBSTRT1": 1889,
    "SUBSTRT2": 1889,
    "SUBSIZE1": 160,
    "SUBSIZE2": 160,
    "FILTER": "F115W",
    "PUPIL": "CLEAR",
}


def make_table(*exposures: tuple) -> pd.DataFrame:
    """Make a table of (name, MJD, keywords) tuples; the first letter of a name is its image type."""
    rows = [
        {"exposure": name, "imtype": name[0], "mjd": mjd, **NIRCAM, **(further[0] if further else {})}
        for name, mjd, *further in exposures
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def table() -> Callable[..., pd.DataFrame]:
    return make_table

"""Exposures of other observatories are left out with the reason."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.catalog import CatalogRules, build_catalog


@pytest.mark.parametrize(
    ("instrument", "reason"), [("WFC3", "its INSTRUME is WFC3, which is no"), ("MIRI", "")]
)
def test_only_instruments_of_jwst_are_taken(tmp_path, instrument, reason):
    header = fits.Header({"INSTRUME": instrument, "EXP_TYPE": "MIR_DARKIMG", "EXPSTART": 60000.0})
    fits.PrimaryHDU(np.zeros((2, 2)), header).writeto(tmp_path / "x.fits")
    (skip,) = build_catalog([str(tmp_path / "x.fits")], CatalogRules()).table["skip"]
    assert skip.startswith(reason)
    assert bool(skip) is bool(reason)

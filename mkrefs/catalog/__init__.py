"""The catalog: input files become a table of exposures, from their names and headers alone.

Which exposures belong together is found in `mkrefs.grouping`; pixels are first read in calibration.
"""

from mkrefs.catalog.build import build_catalog
from mkrefs.catalog.inputs import expand_inputs
from mkrefs.catalog.rules import CatalogRules
from mkrefs.catalog.table import Catalog

__all__ = ["Catalog", "CatalogRules", "build_catalog", "expand_inputs"]

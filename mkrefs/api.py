"""The one module a plugin imports.

Importing it loads neither jwst, stdatamodels, crds nor pandas.
"""

from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import Creator
from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.figures import Curves, Figure, Histogram, Map
from mkrefs.contract.hooks import hookimpl
from mkrefs.contract.parameters import Parameters, ReferenceParameters, parameter
from mkrefs.contract.ramp import FIT_PRODUCTS, RAW, Images, Ramp, RampRows
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ
from mkrefs.instruments.irs2 import IRS2_SHAPE, irs2_rows
from mkrefs.instruments.reference_pixels import reference_pixels

__all__ = [
    "FIT_PRODUCTS",
    "GROUP_DQ",
    "IRS2_SHAPE",
    "PIXEL_DQ",
    "RAW",
    "Combiner",
    "Creator",
    "Curves",
    "ExposureMetadata",
    "Figure",
    "Histogram",
    "Images",
    "Map",
    "Parameters",
    "Ramp",
    "RampRows",
    "ReferenceData",
    "ReferenceParameters",
    "UserError",
    "hookimpl",
    "irs2_rows",
    "parameter",
    "reference_pixels",
]

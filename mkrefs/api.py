"""The one module a plugin imports.

Importing it loads neither jwst, stdatamodels, crds nor pandas.
"""

from mkrefs.contract.calibrated_image import CalibratedImage, Positions, SkyTransform
from mkrefs.contract.checks import EVERY_TYPE, Check, CheckedFile, CheckLimits, Finding, MadeFrom, Severity
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import AnyCreator, Creator, ImageCreator
from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.figures import Curves, Figure, Histogram, Map
from mkrefs.contract.hooks import hookimpl
from mkrefs.contract.image_correction import (
    CorrectedImage,
    CorrectedImages,
    ImageCorrection,
    StatusChange,
)
from mkrefs.contract.parameters import Parameters, ReferenceParameters, parameter
from mkrefs.contract.ramp import FIT_PRODUCTS, RAW, Images, Ramp, RampRows
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.instruments.detectors import DETECTORS
from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ
from mkrefs.instruments.irs2 import IRS2_SHAPE, irs2_rows
from mkrefs.instruments.readpatterns import READPATTERNS
from mkrefs.instruments.reference_pixels import reference_pixels, reference_pixels_at
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.instruments.subarrays import SUBARRAYS

__all__ = [
    "DETECTORS",
    "EVERY_TYPE",
    "FIT_PRODUCTS",
    "GROUP_DQ",
    "IRS2_SHAPE",
    "PIXEL_DQ",
    "RAW",
    "READPATTERNS",
    "REFERENCE_TYPES",
    "SUBARRAYS",
    "AnyCreator",
    "CalibratedImage",
    "Check",
    "CheckLimits",
    "CheckedFile",
    "Combiner",
    "CorrectedImage",
    "CorrectedImages",
    "Creator",
    "Curves",
    "ExposureMetadata",
    "Figure",
    "Finding",
    "Histogram",
    "ImageCorrection",
    "ImageCreator",
    "Images",
    "MadeFrom",
    "Map",
    "Parameters",
    "Positions",
    "Ramp",
    "RampRows",
    "ReferenceData",
    "ReferenceParameters",
    "Severity",
    "SkyTransform",
    "StatusChange",
    "UserError",
    "hookimpl",
    "irs2_rows",
    "parameter",
    "reference_pixels",
    "reference_pixels_at",
]

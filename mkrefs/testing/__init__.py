"""The public simulator: detectors of known truth, their exposures, and reference files that calibrate them.

Plugin authors test with it. Importing it loads neither jwst, stdatamodels, crds nor astropy; those come when
a file is written.
"""

from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.array_ramp import ArrayImages, ArrayRamp
from mkrefs.testing.coronagraph import Coronagraph, CoronagraphTruth, simulate_coronagraph, write_coronagraph
from mkrefs.testing.coronagraph_psf import star_behind_mask
from mkrefs.testing.coronagraph_spec import CoronagraphSpec
from mkrefs.testing.cosmic_rays import CosmicRays
from mkrefs.testing.effects import Effects
from mkrefs.testing.exposure_spec import ExposureSpec, exposure_metadata
from mkrefs.testing.exposures import simulate_exposure
from mkrefs.testing.focal_plane import distortion_to_v2v3
from mkrefs.testing.image_references import make_image_references
from mkrefs.testing.levels import Levels, typical_levels
from mkrefs.testing.mosaic import ImageTruth, Mosaic, simulate_mosaic
from mkrefs.testing.mosaic_files import write_mosaic
from mkrefs.testing.mosaic_spec import MosaicSpec
from mkrefs.testing.ramps import SimulatedRamp, simulate_ramp
from mkrefs.testing.reference_set import ReferenceSettings, make_reference_files
from mkrefs.testing.simulation_set import (
    SimulationResult,
    SimulationSpec,
    simulate_darks,
    simulate_set,
    simulated_truth,
)
from mkrefs.testing.tangent_sky import TangentSky
from mkrefs.testing.truth import DetectorTruth
from mkrefs.testing.truth_file import write_truth

__all__ = [
    "ArrayImage",
    "ArrayImages",
    "ArrayRamp",
    "Coronagraph",
    "CoronagraphSpec",
    "CoronagraphTruth",
    "CosmicRays",
    "DetectorTruth",
    "Effects",
    "ExposureSpec",
    "ImageTruth",
    "Levels",
    "Mosaic",
    "MosaicSpec",
    "ReferenceSettings",
    "SimulatedRamp",
    "SimulationResult",
    "SimulationSpec",
    "TangentSky",
    "distortion_to_v2v3",
    "exposure_metadata",
    "make_image_references",
    "make_reference_files",
    "simulate_coronagraph",
    "simulate_darks",
    "simulate_exposure",
    "simulate_mosaic",
    "simulate_ramp",
    "simulate_set",
    "simulated_truth",
    "star_behind_mask",
    "typical_levels",
    "write_coronagraph",
    "write_mosaic",
    "write_truth",
]

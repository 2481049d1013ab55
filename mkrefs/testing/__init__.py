"""The public simulator: detectors of known truth, their exposures, and reference files that calibrate them.

Plugin authors test with it. Importing it loads neither jwst, stdatamodels, crds nor astropy; those come when
a file is written.
"""

from mkrefs.testing.array_ramp import ArrayImages, ArrayRamp
from mkrefs.testing.cosmic_rays import CosmicRays
from mkrefs.testing.effects import Effects
from mkrefs.testing.exposure_spec import ExposureSpec, exposure_metadata
from mkrefs.testing.exposures import simulate_exposure
from mkrefs.testing.levels import Levels, typical_levels
from mkrefs.testing.ramps import SimulatedRamp, simulate_ramp
from mkrefs.testing.reference_set import ReferenceSettings, make_reference_files
from mkrefs.testing.simulation_set import (
    SimulationResult,
    SimulationSpec,
    simulate_darks,
    simulate_set,
    simulated_truth,
)
from mkrefs.testing.truth import DetectorTruth
from mkrefs.testing.truth_file import write_truth

__all__ = [
    "ArrayImages",
    "ArrayRamp",
    "CosmicRays",
    "DetectorTruth",
    "Effects",
    "ExposureSpec",
    "Levels",
    "ReferenceSettings",
    "SimulatedRamp",
    "SimulationResult",
    "SimulationSpec",
    "exposure_metadata",
    "make_reference_files",
    "simulate_darks",
    "simulate_exposure",
    "simulate_ramp",
    "simulate_set",
    "simulated_truth",
    "typical_levels",
    "write_truth",
]

"""A whole set of simulated data in one call: exposures spread in time, their truth, and reference files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from mkrefs.errors import UserError
from mkrefs.instruments.exposure_types import default_exposure_type
from mkrefs.testing.effects import Effects
from mkrefs.testing.exposure_spec import ExposureSpec
from mkrefs.testing.exposures import simulate_exposure
from mkrefs.testing.ramps import read_times
from mkrefs.testing.reference_set import ReferenceSettings, make_reference_files
from mkrefs.testing.truth import DetectorTruth
from mkrefs.testing.truth_file import write_truth

_DARK_ACTIVITY = "02101"
_FLAT_ACTIVITY = "03101"
_DARK_TO_FLAT = timedelta(hours=1)
# Level the last group of a flat reaches when no flux is given, as a share of the full well.
_FLAT_LEVEL = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSpec:
    """A set of exposures of one detector in one mode.

    Attributes
    ----------
    detector, subarray : str
        Values of DETECTOR and SUBARRAY.
    readpatt : str or None
        Value of READPATT; None takes the pattern that keeps every frame.
    ngroups, nints : int
        Groups of an integration, integrations of each exposure.
    darks, flats : int
        Number of exposures of each kind.
    flux : float or None
        Light of the flats in DN/s; None fills half of the full well.
    effects : tuple of str or None
        Names of the effects to show (`Effects.names`); None takes `Effects.standard`.
    cosmic_ray_fraction : float or None
        Share of the pixels that cosmic rays touch in each exposure; None takes the usual rate.
    seed : int
        Seed of the detector and of the exposures.
    start : datetime
        Start of the first exposure, UTC.
    spacing : float
        Days from one dark to the next; the flats follow the darks by an hour.
    program : str
        Five digits.
    references : bool
        Whether to write the reference files too.
    """

    detector: str = "NRCA1"
    subarray: str = "SUB160"
    readpatt: str | None = None
    ngroups: int = 10
    nints: int = 1
    darks: int = 5
    flats: int = 0
    flux: float | None = None
    effects: tuple[str, ...] | None = None
    cosmic_ray_fraction: float | None = None
    seed: int = 1
    start: datetime = datetime(2024, 3, 1, 12, tzinfo=UTC)
    spacing: float = 1.0
    program: str = "01062"
    references: bool = False

    def __post_init__(self) -> None:
        if min(self.darks, self.flats) < 0 or self.darks + self.flats == 0:
            raise UserError(
                f"a set of {self.darks} darks and {self.flats} flats cannot be simulated; ask for some"
            )


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What was simulated.

    Attributes
    ----------
    truth : DetectorTruth
        The truth of the detector.
    darks, flats : tuple of Path
        The exposures, in order of time.
    truth_file : Path
        The truth as FITS images.
    references : dict of str to Path
        The reference files by type; empty when not asked for.
    """

    truth: DetectorTruth
    darks: tuple[Path, ...]
    flats: tuple[Path, ...]
    truth_file: Path
    references: dict[str, Path]


def simulate_set(spec: SimulationSpec, folder: Path) -> SimulationResult:
    """Simulate a set of exposures.

    Parameters
    ----------
    spec : SimulationSpec
        What to simulate.
    folder : Path
        Made when missing: exposures lie in it, with ``truth.fits``, and reference files in ``references``
        below it.

    Returns
    -------
    SimulationResult
        The same specification gives the same pixels.

    Raises
    ------
    mkrefs.errors.UserError
        If the specification does not fit the detector, or a file cannot be written.
    """
    truth = simulated_truth(spec)
    darks = tuple(simulate_exposure(truth, item, folder) for item in dark_specs(spec))
    flats = tuple(simulate_exposure(truth, item, folder) for item in flat_specs(spec, truth))
    truth_file = folder / "truth.fits"
    write_truth(truth, truth_file)
    references: dict[str, Path] = {}
    if spec.references:
        settings = ReferenceSettings(readpatt=spec.readpatt, ngroups=spec.ngroups)
        references = make_reference_files(truth, folder / "references", settings)
    return SimulationResult(truth, darks, flats, truth_file, references)


def simulated_truth(spec: SimulationSpec) -> DetectorTruth:
    """Give the detector that a set is simulated of; nothing is written."""
    effects = Effects.standard() if spec.effects is None else Effects.only(*spec.effects)
    return DetectorTruth(spec.detector, spec.subarray, spec.seed, effects)


def simulate_darks(
    folder: Path, count: int = 5, *, detector: str = "NRCA1", subarray: str = "SUB160", seed: int = 1
) -> SimulationResult:
    """Simulate a series of darks, a day apart, of which cosmic rays touch 2 % of the pixels.

    Parameters
    ----------
    folder : Path
        Made when missing.
    count : int
        Number of exposures, of 10 groups each.
    detector, subarray : str
        Values of DETECTOR and SUBARRAY.
    seed : int
        Seed of the detector and of the exposures.

    Returns
    -------
    SimulationResult
        Without reference files; `make_reference_files` makes them from its truth.
    """
    spec = SimulationSpec(
        detector=detector, subarray=subarray, darks=count, seed=seed, cosmic_ray_fraction=0.02
    )
    return simulate_set(spec, folder)


def dark_specs(spec: SimulationSpec) -> Iterator[ExposureSpec]:
    """Give the darks of a set one by one: each an observation of its own."""
    for index in range(spec.darks):
        yield ExposureSpec(
            readpatt=spec.readpatt,
            ngroups=spec.ngroups,
            nints=spec.nints,
            cosmic_ray_fraction=spec.cosmic_ray_fraction,
            start=spec.start + index * timedelta(days=spec.spacing),
            program=spec.program,
            observation=index + 1,
            activity=_DARK_ACTIVITY,
            seed=spec.seed,
        )


def flat_specs(spec: SimulationSpec, truth: DetectorTruth) -> Iterator[ExposureSpec]:
    """Give the flats of a set one by one: each follows the dark of its number."""
    exp_type = default_exposure_type(truth.hardware.instrument, truth.hardware.name, "F")
    for dark in dark_specs(replace(spec, darks=spec.flats, flats=0)) if spec.flats else ():
        flat = replace(dark, start=dark.start + _DARK_TO_FLAT, activity=_FLAT_ACTIVITY, exp_type=exp_type)
        last = float(np.max(read_times(truth, flat)))
        flux = _FLAT_LEVEL * truth.strengths.full_well / last if spec.flux is None else spec.flux
        yield replace(flat, flux=flux)

"""Simulates darks, builds a private context for them, runs the main job, and compares with the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mkrefs.config import Overrides
from mkrefs.crds_context import PrivateContext, add_references, create_context, open_context
from mkrefs.errors import UserError
from mkrefs.factory.execute import RunOptions, execute
from mkrefs.factory.execution import execution_of
from mkrefs.factory.prepare import Prepared, prepare
from mkrefs.factory.settings import read_config
from mkrefs.reference_files.fits_file import read_reference_file
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.observer import Observer
from mkrefs.running.settings import RunResult
from mkrefs.storage.atomic import write_text_atomic
from mkrefs.testing import (
    DetectorTruth,
    ReferenceSettings,
    SimulationResult,
    SimulationSpec,
    make_reference_files,
    simulate_set,
    simulated_truth,
)

#: Ten darks, a day apart, of which cosmic rays touch 2 % of the pixels.
SIMULATION = SimulationSpec(detector="NRCA1", subarray="SUB160", darks=10, cosmic_ray_fraction=0.02)
_CONFIGURATION = "demo.yml"
_LABEL = "readnoise"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How near a read noise file is to what was injected.

    Attributes
    ----------
    file : Path
        The file.
    kind : str
        ``individual`` or ``final``.
    median : float
        Median of file / truth over normal pixels.
    scatter : float
        Standard deviation of file / truth over normal pixels.
    high : float
        Share of normal pixels above 1.5 times their truth.
    """

    file: Path
    kind: str
    median: float
    scatter: float
    high: float


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything the demonstration has prepared; nothing has been calibrated yet."""

    folder: Path
    simulation: SimulationResult
    context: PrivateContext
    prepared: Prepared


def set_up(folder: Path, simulation: SimulationSpec = SIMULATION, *, nproc: int | None = None) -> Demo:
    """Simulate the exposures, make their context and configuration, and plan.

    Parameters
    ----------
    folder : Path
        Made when missing; what an earlier demonstration left in it is gone on with.
    simulation : SimulationSpec
        What to simulate.
    nproc : int
        Jobs at once; as many as there are cores if None.

    Returns
    -------
    Demo

    Raises
    ------
    UserError
        If the folder holds something else, or cannot be written to.
    """
    folder = folder.resolve()
    _refuse_foreign(folder)
    simulated = _exposures(simulation, folder / "exposures")
    context = _context(simulated.truth, simulation, folder)
    configuration = folder / "main.yml"
    write_text_atomic(configuration, files("mkrefs_configs").joinpath(_CONFIGURATION).read_text("utf-8"))
    plugins = load_plugins()
    processes = (("batch", "nproc", str(nproc)),) if nproc else ()
    overrides = Overrides(section=(("output", "outrootdir", str(folder / "output")), *processes))
    config = read_config(configuration, (), overrides, plugins, reserved=(), requested=(_LABEL,))
    prepared = prepare((_LABEL,), _names(simulated.darks), config, plugins, crds=context.state)
    return Demo(folder, simulated, context, prepared)


def run(demo: Demo, observer: Observer) -> RunResult:
    """Run the plan of a demonstration."""
    return execute(demo.prepared.plan, RunOptions(), observer, execution_of(demo.prepared.config))


def compare_with_truth(demo: Demo) -> tuple[Comparison, ...]:
    """Compare every read noise file that was made with the injected noise."""
    truth = demo.simulation.truth
    plan = demo.prepared.plan
    made = [(Path(job.output), "individual") for job in plan.individuals]
    made += [(Path(job.output), "final") for job in plan.finals]
    return tuple(_compare(path, kind, truth) for path, kind in made if path.is_file())


def _compare(path: Path, kind: str, truth: DetectorTruth) -> Comparison:
    noise: NDArray[np.float32] = read_reference_file(path, "readnoise").arrays["data"]
    ratio = (noise / truth.cds_noise)[truth.normal]
    return Comparison(
        file=path,
        kind=kind,
        median=float(np.median(ratio)),
        scatter=float(ratio.std()),
        high=float((ratio > 1.5).mean()),
    )


def _exposures(simulation: SimulationSpec, folder: Path) -> SimulationResult:
    """Simulate, or take what an earlier demonstration simulated: the truth is written last."""
    truth_file = folder / "truth.fits"
    if not truth_file.is_file():
        return simulate_set(simulation, folder)
    truth = simulated_truth(simulation)
    return SimulationResult(truth, tuple(sorted(folder.glob("*_uncal.fits"))), (), truth_file, {})


def _context(truth: DetectorTruth, simulation: SimulationSpec, folder: Path) -> PrivateContext:
    cache = folder / "crds"
    if (folder / "main.yml").is_file():
        return open_context(cache)
    references = make_reference_files(
        truth, folder / "references", ReferenceSettings(readpatt="RAPID", ngroups=simulation.ngroups)
    )
    if not cache.exists():
        create_context(cache)
    return add_references(cache, list(references.values()))


def _refuse_foreign(folder: Path) -> None:
    ours = {"exposures", "references", "crds", "output", "main.yml"}
    found = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if found - ours:
        raise UserError(
            f"{folder} holds {min(found - ours)}, which is not of a demonstration; "
            "give an empty or new folder with --outdir."
        )


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(path) for path in paths)

"""Raw darks with a private CRDS context that has reference files for them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.data.kept import kept
from mkrefs.crds_context import add_references, create_context
from mkrefs.testing import DetectorTruth, SimulationSpec, simulate_set, simulated_truth


@dataclass(frozen=True)
class RawDarks:
    """A set of raw darks of NRCA1, an hour apart.

    Attributes
    ----------
    subarray : str
        Of NRCA1.
    files, ngroups : int
        Exposures, and their groups.
    """

    subarray: str = "FULL"
    files: int = 6
    ngroups: int = 10

    @property
    def spec(self) -> SimulationSpec:
        """What is simulated."""
        return SimulationSpec(
            subarray=self.subarray,
            darks=self.files,
            ngroups=self.ngroups,
            cosmic_ray_fraction=0.02,
            spacing=1 / 24,
            references=True,
        )

    @cached_property
    def truth(self) -> DetectorTruth:
        """The detector."""
        return simulated_truth(self.spec)

    def files_in(self, folder: Path) -> Mapping[str, object]:
        """Give the paths of the exposures, and that of the CRDS cache; made below a folder if not there."""
        own = folder / f"raw_{self.subarray.lower()}_{self.files}x{self.ngroups}"
        kept(own, asdict(self), self._make)
        return {
            "exposures": [str(path) for path in sorted(own.glob("*_uncal.fits"))],
            "crds": str(own / "crds"),
        }

    def _make(self, folder: Path) -> None:
        simulated = simulate_set(self.spec, folder)
        create_context(folder / "crds")
        add_references(folder / "crds", list(simulated.references.values()))

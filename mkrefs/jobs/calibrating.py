"""Jobs that run the pipeline on exposures, and that choose the reference files for it; free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class Product:
    """A calibration product: the file that holds an exposure after the last of ``steps``.

    Attributes
    ----------
    steps : tuple of str
        The steps of the pass up to the state.
    path : str
        The file.
    details : mapping of str to str
        Files for further results of the last step, by name: of ramp_fit ``rateints`` and ``fitopt``.
    """

    steps: tuple[str, ...]
    path: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalibrateJob:
    """Run the missing steps of one exposure once, and save the states asked for on the way.

    Attributes
    ----------
    id : str
        Unique in the plan.
    exposure : str
        Name of the exposure.
    source : str
        File the pass starts from.
    steps : tuple of str
        The steps to run, in order.
    products : tuple of Product
        The states to save; the steps of each are those of the pass up to it.
    optional : tuple of str
        Steps among ``steps`` which the pipeline's own parameters may leave out; the others always run.
    overrides : mapping of str to str
        Reference file by pipeline reference type, in place of what CRDS gives.
    crds : CrdsState
        Where references come from.
    selection : str
        File in which a `SelectJob` says which reference files are to be added to ``overrides`` before the
        job begins; empty if none are.
    selected : tuple of str
        The reference types to look up there.
    instrument, detector : str
        Of the exposure: which rules of CRDS can matter; empty for any.
    planes : str
        What the pass makes of a ramp, and goes on with: ``exposure``, the image of the whole exposure, or
        ``integrations``, a cube with a plane for each; as the pipeline makes them. Empty where ramps and
        slopes are for creators that measure all pixels, those that the mask excludes too.
    """

    id: str
    exposure: str
    source: str
    steps: tuple[str, ...]
    products: tuple[Product, ...]
    optional: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    crds: CrdsState = field(default_factory=CrdsState)
    selection: str = ""
    selected: tuple[str, ...] = ()
    instrument: str = ""
    detector: str = ""
    planes: str = ""
    needs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return tuple(path for product in self.products for path in (product.path, *product.details.values()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.source, *self.overrides.values())


@dataclass(frozen=True, slots=True)
class ExposureFile:
    """An exposure and the file whose header speaks for it."""

    exposure: str
    path: str


@dataclass(frozen=True, slots=True)
class SelectJob:
    """Choose by the rules of CRDS which of one's own reference files calibrate which exposures.

    Attributes
    ----------
    sources : tuple of ExposureFile
        The exposures to be calibrated.
    reftypes : tuple of str
        The reference types to choose for.
    files : tuple of str
        The reference files that are layered over the context in force.
    output : str
        The file that tells what was chosen, as JSON.
    """

    id: str
    sources: tuple[ExposureFile, ...]
    reftypes: tuple[str, ...]
    files: tuple[str, ...]
    output: str
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (*(each.path for each in self.sources), *self.files)

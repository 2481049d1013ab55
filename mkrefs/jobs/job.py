"""The kinds of job, frozen and free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata


@dataclass(frozen=True, slots=True)
class CrdsState:
    """The CRDS cache, context and server a job works with.

    Empty strings leave the environment as it is; a path without a server means that there is no server.
    """

    path: str = ""
    context: str = ""
    server: str = ""


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
class RoleInput:
    """One calibrated exposure in its role (``D1``, ``F2`` ...) within a group.

    Attributes
    ----------
    path : str
        The ramp.
    images : mapping of str to str
        What ramp_fit made of it, by name: ``rate``, ``rateints``, ``fitopt``.
    raw : str
        The exposure as it was taken; empty if not wanted or not found.
    """

    role: str
    exposure: str
    path: str
    images: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The ramp and all that goes with it."""
        return (self.path, *self.images.values(), *((self.raw,) if self.raw else ()))


@dataclass(frozen=True, slots=True)
class CreateJob:
    """Make one individual reference file from one group.

    Attributes
    ----------
    parameters : mapping
        The creator's parameters, complete, as JSON values.
    metadata : ExposureMetadata
        Of the first exposure of the group: what the file's header is taken from.
    steps : tuple of str
        What the ramps have been through: the calibration state, told in HISTORY.
    plugin : str
        Distribution and version that gives the creator; part of the fingerprint.
    incidental : tuple of str
        Parameters that do not change the result, and so are no part of the fingerprint.
    files : tuple of str
        Files besides exposures that the creator reads.
    """

    id: str
    label: str
    reftype: str
    ramps: tuple[RoleInput, ...]
    parameters: Mapping[str, Any]
    metadata: ExposureMetadata
    output: str
    steps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    plugin: str = ""
    incidental: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        ramps = (path for ramp in self.ramps for path in ramp.files)
        return tuple(dict.fromkeys((*ramps, *self.files)))


@dataclass(frozen=True, slots=True)
class CombineJob:
    """Make the final reference file of one mode from its individual files.

    Attributes
    ----------
    individuals : tuple of str
        The individual files.
    exposures : tuple of str
        The exposures these were made from, for HISTORY.
    steps : tuple of str
        The exposures' calibration state, for HISTORY.
    incidental : tuple of str
        As for `CreateJob`.
    """

    id: str
    label: str
    reftype: str
    combiner: str
    combiner_parameters: Mapping[str, Any]
    individuals: tuple[str, ...]
    parameters: Mapping[str, Any]
    metadata: ExposureMetadata
    output: str
    exposures: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    plugin: str = ""
    incidental: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return self.individuals


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


@dataclass(frozen=True, slots=True)
class CertifyJob:
    """Run CRDS certify on a final file and write its log beside it.

    Attributes
    ----------
    reftype, instrument : str
        Of the file: which rules of CRDS can matter; empty for any.
    """

    id: str
    label: str
    file: str
    output: str
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)
    reftype: str = ""
    instrument: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.file,)


@dataclass(frozen=True, slots=True)
class GateJob:
    """Hold a final file to the checks for its type, and write what was found beside it.

    Attributes
    ----------
    metadata : ExposureMetadata
        Of the first exposure: what the file's header is compared with.
    checks : tuple of str
        Names of the checks.
    limits : mapping of str to mapping of str to object
        By check, the limits that win over those that come with mkrefs, as JSON values.
    output, text : str
        What was found as JSON, and to be read.
    plugin : str
        Distributions and versions that give the checks; part of the fingerprint.
    """

    id: str
    label: str
    reftype: str
    instrument: str
    file: str
    metadata: ExposureMetadata
    checks: tuple[str, ...]
    limits: Mapping[str, Mapping[str, Any]]
    output: str
    text: str
    needs: tuple[str, ...] = ()
    plugin: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output, self.text)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.file,)


@dataclass(frozen=True, slots=True)
class LoadJob:
    """Load a final file as its users do, and write what was found beside it: ``test4datamodel``."""

    id: str
    label: str
    reftype: str
    instrument: str
    file: str
    output: str
    needs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.file,)


@dataclass(frozen=True, slots=True)
class TrialJob:
    """Run the pipeline on one exposure with a final file in place of CRDS's, and write a report beside it.

    Attributes
    ----------
    test : str
        ``test4ssb`` or ``quality_check``.
    file : str
        The final file.
    exposure, source : str
        Name of the exposure, and the file the pass starts from.
    held_out : bool
        Whether the final file was made without this exposure.
    steps : tuple of str
        The steps to run, in order.
    tested : tuple of str
        Those that take the file; each must complete unless it is also in ``optional``.
    optional : tuple of str
        Steps which the pipeline's own parameters may leave out.
    overrides : mapping of str to str
        Reference file by other types, in place of what CRDS gives.
    layered : tuple of str
        Reference types for which the rules of CRDS choose among ``layer`` and the files of the context.
    layer : tuple of str
        Reference files that are layered over the context.
    crds : CrdsState
        Where references come from.
    """

    id: str
    label: str
    reftype: str
    test: str
    file: str
    exposure: str
    source: str
    held_out: bool
    steps: tuple[str, ...]
    tested: tuple[str, ...]
    output: str
    optional: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    layered: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.source, self.file, *self.overrides.values(), *self.layer)


@dataclass(frozen=True, slots=True)
class CompareJob:
    """Compare a final file with the previous one of its kind, and write the comparison beside it.

    Attributes
    ----------
    previous : str
        The file to compare with; empty for the most recent one that the CRDS context gives.
    output, text : str
        The comparison as JSON, and to be read.
    """

    id: str
    label: str
    reftype: str
    file: str
    previous: str
    output: str
    text: str
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output, self.text)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads; one of CRDS never changes under its name."""
        return (self.file, self.previous) if self.previous else (self.file,)


Job = (
    SelectJob | CalibrateJob | CreateJob | CombineJob | CertifyJob | GateJob | LoadJob | TrialJob | CompareJob
)

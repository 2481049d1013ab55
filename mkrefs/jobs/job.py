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
    """A calibration product: the file that holds an exposure after the last of ``steps``."""

    steps: tuple[str, ...]
    path: str


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
    """

    id: str
    exposure: str
    source: str
    steps: tuple[str, ...]
    products: tuple[Product, ...]
    optional: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return tuple(product.path for product in self.products)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (self.source, *self.overrides.values())

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the jobs that must come first."""
        return ()


@dataclass(frozen=True, slots=True)
class RoleInput:
    """One calibrated exposure in its role (``D1``, ``F2`` ...) within a group."""

    role: str
    exposure: str
    path: str


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

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return tuple(ramp.path for ramp in self.ramps)


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
class CertifyJob:
    """Run CRDS certify on a final file and write its log beside it."""

    id: str
    label: str
    file: str
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
        return (self.file,)


Job = CalibrateJob | CreateJob | CombineJob | CertifyJob

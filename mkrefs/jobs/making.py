"""Jobs that make reference files, individual and final; free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class RoleInput:
    """One calibrated exposure in its role (``D1``, ``F2`` ...) within a group.

    Attributes
    ----------
    path : str
        The ramp, or the calibrated image for a creator that takes images.
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
    days : tuple of str
        Those on which the first and the last exposure began, as YYYY-MM-DD.
    crds : CrdsState
        Where reference files named in headers are found.
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
    days: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

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
    incidental, days : tuple of str
        As for `CreateJob`; the day after which a USEAFTER is proposed is the first of ``days``.
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
    days: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return self.individuals

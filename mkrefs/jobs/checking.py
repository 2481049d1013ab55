"""Jobs that look at a reference file and write beside it what they found; free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class CertifyJob:
    """Run CRDS certify on a reference file, final or individual, and write its log beside it.

    Attributes
    ----------
    output : str
        The log.
    report : str
        What was found, as JSON; empty if that is not written.
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
    report: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output, self.report) if self.report else (self.output,)

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
    days : tuple of str
        Those on which the first and the last exposure began.
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
    days: tuple[str, ...] = ()

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
class CompareJob:
    """Compare a final file with the previous one of its kind, and write the comparison beside it.

    Attributes
    ----------
    previous : str
        The file to compare with; empty for the most recent one that the CRDS context gives.
    output, text, maps : str
        The comparison as JSON, to be read, and as a FITS file of maps.
    """

    id: str
    label: str
    reftype: str
    file: str
    previous: str
    output: str
    text: str
    maps: str
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output, self.text, self.maps)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads; one of CRDS never changes under its name."""
        return (self.file, self.previous) if self.previous else (self.file,)

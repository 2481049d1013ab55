"""All that is known of the files of a delivery, as values: form, record and texts are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.delivery.candidates import Candidate
from mkrefs.delivery.exposures import Exposures
from mkrefs.delivery.headers import Header
from mkrefs.delivery.inspection import Inspected
from mkrefs.delivery.reports import RunReports


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file of a delivery.

    Attributes
    ----------
    name : str
        Its name in the delivery.
    candidate : Candidate
        What it is a copy of.
    header : Header
        Its first header.
    previous : str
        The file of the context whose exposures it would get; empty if there is none.
    before : Header or None
        The first header of that file; None if the cache does not hold it.
    exposures : Exposures
        What it was made from.
    inspected : Inspected
        What certify and the checks found.
    reports : RunReports
        What its run found.
    software : mapping of str to str
        Versions of what made it.
    defaults : mapping of str to tuple of str
        By keyword, the values that labels give by themselves.
    """

    name: str
    candidate: Candidate
    header: Header
    previous: str
    before: Header | None
    exposures: Exposures
    inspected: Inspected
    reports: RunReports
    software: Mapping[str, str]
    defaults: Mapping[str, tuple[str, ...]]

    @property
    def instrument(self) -> str:
        """INSTRUME, in upper case."""
        return self.header.text("INSTRUME").upper()

    @property
    def reftype(self) -> str:
        """REFTYPE, in lower case."""
        return self.header.text("REFTYPE").lower()


@dataclass(frozen=True, slots=True)
class Dossier:
    """The files of a delivery, and what they would do to the context."""

    files: tuple[DeliveredFile, ...]
    trial: TrialInsertion

"""Jobs that try a final file in the pipeline, and write beside it what came of it; free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mkrefs.jobs.crds_state import CrdsState


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
class HeldBackExposure:
    """An exposure that a reference file was made without, and its raw file."""

    exposure: str
    imtype: str
    path: str


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """Calibrate held-back exposures with a final file and with the previous one, and write what changes.

    Attributes
    ----------
    file : str
        The final file.
    previous : str
        The file to compare with; empty for what the rules of CRDS give for each exposure.
    share : float
        The share of the exposures that was asked to be held back.
    sources : tuple of HeldBackExposure
        The exposures.
    steps : tuple of str
        The steps to run, in order.
    tested : tuple of str
        Those that take the file; the pipeline's own parameters may leave out any others.
    overrides, layered, layer, crds
        As for `TrialJob`.
    output, text : str
        What changes as JSON, and to be read.
    instrument, detector : str
        Of the exposures.
    """

    id: str
    label: str
    reftype: str
    file: str
    previous: str
    share: float
    sources: tuple[HeldBackExposure, ...]
    steps: tuple[str, ...]
    tested: tuple[str, ...]
    output: str
    text: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    layered: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)
    instrument: str = ""
    detector: str = ""

    @property
    def optional(self) -> tuple[str, ...]:
        """Steps that the pipeline's own parameters may leave out."""
        return tuple(step for step in self.steps if step not in self.tested)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (self.output, self.text)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads; one of CRDS never changes under its name."""
        exposures = (each.path for each in self.sources)
        previous = (self.previous,) if self.previous else ()
        return tuple(dict.fromkeys((*exposures, self.file, *previous, *self.overrides.values(), *self.layer)))

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

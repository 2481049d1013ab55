"""The final files of a label, named before any job exists: one for each mode of its groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.grouping import InputSet
from mkrefs.grouping.modes import FLAT_KEYWORDS
from mkrefs.instruments.exposure_header import exposure_metadata
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.candidates import Candidate
from mkrefs.planning.category import filed_parameters
from mkrefs.planning.dates import days_of
from mkrefs.planning.naming import Mode, RunLayout
from mkrefs.planning.request import LabelRequest


@dataclass(frozen=True, slots=True)
class Final:
    """One final file that a label is going to make.

    Attributes
    ----------
    reftype : str
        Its reference type.
    sets : tuple of InputSet
        The groups of the mode: one individual file each.
    parameters : mapping
        The label's parameters as they hold for this mode.
    metadata : ExposureMetadata
        Of the first exposure of the first group.
    output : Path
        The file.
    days : tuple of str
        Those on which the first and the last exposure began.
    """

    reftype: str
    sets: tuple[InputSet, ...]
    parameters: Mapping[str, Any]
    metadata: ExposureMetadata
    output: Path
    days: tuple[str, ...] = ()

    @property
    def job(self) -> str:
        """Id of the job that makes the file."""
        return f"final-{self.output.name.removesuffix('.fits')}"

    @property
    def selectors(self) -> tuple[str, ...]:
        """The FITS keywords by which CRDS chooses among files of the type."""
        return REFERENCE_TYPES[self.reftype].selectors.get(self.metadata.instrument, ())

    @property
    def category(self) -> tuple[object, ...]:
        """The values of these keywords: CRDS cannot tell files apart that have them all in common."""
        given = {keyword.upper(): self.parameters.get(keyword) for keyword in ("readpatt", "subarray")}
        mode = dict(self.sets[0].mode) | {keyword: value for keyword, value in given.items() if value}
        return tuple(mode.get(keyword) for keyword in self.selectors)

    def may_serve(self, instrument: str, detector: str) -> bool:
        """Tell whether the rules of CRDS could ever choose the file for exposures of a detector."""
        if self.metadata.instrument != instrument:
            return False
        return self.metadata.detector == detector or "DETECTOR" not in self.selectors


def plan_finals(
    request: LabelRequest,
    sets: Sequence[InputSet],
    candidates: Mapping[str, Candidate],
    layout: RunLayout,
    crds: CrdsState,
) -> tuple[Final, ...]:
    """Name the final files of a label.

    Parameters
    ----------
    request : LabelRequest
        The label.
    sets : sequence of InputSet
        Its groups.
    candidates : mapping of str to Candidate
        The exposures in them by name.
    layout : RunLayout
        Names the files.
    crds : CrdsState
        The context in force, under whose categories the files are filed.

    Returns
    -------
    tuple of Final
        In the order in which their modes first occur.

    Raises
    ------
    UserError
        If ``outfile`` would be the name of several files.
    """
    by_mode: dict[tuple[tuple[str, object], ...], list[InputSet]] = {}
    for each in sets:
        by_mode.setdefault(each.mode, []).append(each)
    outputs = _outputs(request, list(by_mode), layout)
    return tuple(
        Final(
            reftype=request.reftype,
            sets=tuple(members),
            parameters=filed_parameters(request, mode, crds),
            metadata=set_metadata(members[0], candidates),
            output=output,
            days=days_of(candidates[exposure].row for each in members for exposure in each.exposures),
        )
        for (mode, members), output in zip(by_mode.items(), outputs, strict=True)
    )


def set_metadata(each: InputSet, candidates: Mapping[str, Candidate]) -> ExposureMetadata:
    """Give the header facts of a group: those of its first exposure, but FILTER and PUPIL of its flats.

    The first may be a dark, whose filter says nothing.
    """
    metadata, mode = exposure_metadata(candidates[each.roles[0][1]].row), dict(each.mode)
    filter_name, pupil = (mode.get(keyword) for keyword in FLAT_KEYWORDS)
    return replace(
        metadata,
        filter=metadata.filter if filter_name is None else str(filter_name),
        pupil=metadata.pupil if pupil is None else str(pupil),
    )


def told_apart(finals: Iterable[Final], readpatt: str) -> Iterator[Final]:
    """Of files that compete for one place in the rules, give those of a read pattern, if there are any."""
    competing: dict[tuple[object, ...], list[Final]] = {}
    for final in finals:
        competing.setdefault((final.reftype, *final.category), []).append(final)
    for members in competing.values():
        yield from [final for final in members if final.metadata.readpatt == readpatt] or members


def _outputs(request: LabelRequest, modes: Sequence[Mode], layout: RunLayout) -> Sequence[Path]:
    name = request.parameters.get("outfile")
    if name is None:
        return layout.finals(request.label, request.reftype, modes)
    if len(modes) > 1:
        raise UserError(
            f"{request.label}: outfile '{name}' would be the name of {len(modes)} final files, one for each "
            "mode; leave it out, or give exposures of one mode."
        )
    return [layout.folder / request.label / name for _ in modes]

"""Makes a delivery: from final files to a folder with everything that CRDS wants to have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context import context_name
from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.crds_context.identity import cache_of
from mkrefs.delivery.answers import Answers
from mkrefs.delivery.candidates import Candidate, find_candidates
from mkrefs.delivery.contents import Contents, build
from mkrefs.delivery.defaults import header_defaults
from mkrefs.delivery.dossier import DeliveredFile, Dossier
from mkrefs.delivery.earlier import Before, look_at
from mkrefs.delivery.exposures import exposures_behind, software_of
from mkrefs.delivery.facts import facts_of
from mkrefs.delivery.fields import Source
from mkrefs.delivery.filling import Form, fill
from mkrefs.delivery.headers import Header, copy_under_name, read_header
from mkrefs.delivery.insertion import previous_of
from mkrefs.delivery.inspection import Copied, Inspected, inspect
from mkrefs.delivery.names import Named, delivery_names
from mkrefs.delivery.refusal import DeliveryRefused
from mkrefs.delivery.reports import run_reports
from mkrefs.delivery.workshop import workshop
from mkrefs.errors import UserError
from mkrefs.gate.report import sentence
from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    targets : sequence of Path
        Run folders and reference files.
    folder : Path
        Where the delivery goes.
    labels, only : sequence of str
        Which final files of the runs; empty for all.
    answers : mapping of str to str or bool
        Answers to the form.
    """

    targets: Sequence[Path]
    folder: Path
    labels: Sequence[str]
    only: Sequence[str]
    answers: Answers


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was made.

    Attributes
    ----------
    folder : Path
        Where it lies.
    dossier : Dossier
        The files, and what they would do.
    form : Form
        The form.
    warnings : tuple of str
        What is worth knowing before the files are handed over.
    """

    folder: Path
    dossier: Dossier
    form: Form
    warnings: tuple[str, ...]


def deliver(request: Request) -> Delivery:
    """Make a delivery.

    Parameters
    ----------
    request : Request
        What is asked for.

    Returns
    -------
    Delivery
        In its place, also if answers are missing: then it says that it is not ready.

    Raises
    ------
    UserError
        If there is no CRDS context, the folder holds anything but an earlier delivery of the same, or targets
        and names match no file.
    DeliveryRefused
        If files must not be delivered; the folder is left as it was.
    """
    folder = request.folder.expanduser().resolve()
    context = _context()
    found = find_candidates(request.targets, request.labels, request.only)
    with workshop(folder) as place:
        before = look_at(folder, found.sources)
        files = _copied(found.files, place.new)
        inspected, trial = inspect(files, context)
        dossier = _dossier(files, inspected, trial, context)
        form = fill(facts_of(dossier), {**before.answers, **request.answers})
        build(place.new, Contents(found.sources, dossier, form, before))
        place.put_in_place()
    return Delivery(folder, dossier, form, (*found.warnings, *_warnings(dossier, form, before)))


def _context() -> CrdsState:
    state = CrdsState()
    cache, name = cache_of(state), context_name(state)
    if cache is None or not name:
        raise UserError(
            "A delivery is tried in a CRDS context and there is none; "
            "set CRDS_PATH to a CRDS cache that holds the context to deliver to."
        )
    return CrdsState(path=str(cache.root.absolute()), context=name)


def _copied(candidates: Sequence[Candidate], folder: Path) -> list[Copied]:
    """Copy the files under names that CRDS accepts."""
    headers = [read_header(candidate.path) for candidate in candidates]
    _refuse_several_instruments(candidates, headers)
    wanted = [
        Named(
            str(candidate.path),
            header.text("REFTYPE").lower(),
            header.text("INSTRUME").upper(),
            header.keywords,
        )
        for candidate, header in zip(candidates, headers, strict=True)
    ]
    copies = []
    for candidate, header, name in zip(candidates, headers, delivery_names(wanted), strict=True):
        copy_under_name(candidate.path, folder / name)
        copies.append(Copied(candidate, folder / name, header))
    return copies


def _refuse_several_instruments(candidates: Sequence[Candidate], headers: Sequence[Header]) -> None:
    unnamed = [
        str(candidate.path)
        for candidate, header in zip(candidates, headers, strict=True)
        if not (header.text("INSTRUME") and header.text("REFTYPE"))
    ]
    if unnamed:
        raise DeliveryRefused(
            f"{', '.join(unnamed)}: INSTRUME or REFTYPE is missing: this is no reference file."
        )
    instruments = sorted({header.text("INSTRUME").upper() for header in headers})
    if len(instruments) > 1:
        raise DeliveryRefused(
            f"The files are of {' and '.join(instruments)}: CRDS takes one instrument in a delivery; "
            "choose by --label or --only."
        )


def _dossier(
    files: Sequence[Copied], inspected: Sequence[Inspected], trial: TrialInsertion, context: CrdsState
) -> Dossier:
    delivered = [
        _delivered(file, each, previous_of(file.path.name, trial), context)
        for file, each in zip(files, inspected, strict=True)
    ]
    return Dossier(tuple(delivered), trial)


def _delivered(file: Copied, inspected: Inspected, previous: str, context: CrdsState) -> DeliveredFile:
    candidate, header = file.candidate, file.header
    old = Cache(Path(context.path)).reference_folder(header.text("INSTRUME")) / previous
    return DeliveredFile(
        name=file.path.name,
        candidate=candidate,
        header=header,
        previous=previous,
        before=read_header(old) if previous and old.is_file() else None,
        exposures=exposures_behind(candidate.path, candidate.manifest),
        inspected=inspected,
        reports=run_reports(candidate),
        software=software_of(candidate.manifest, header.history),
        defaults=header_defaults(candidate.label),
    )


def _warnings(dossier: Dossier, form: Form, before: Before) -> list[str]:
    told = [warning for file in dossier.files for warning in _file_warnings(file)]
    told += [finding.sentence for finding in dossier.trial.findings if not finding.stops]
    told += [
        f"the form says {entry.field.name}: false ({entry.fact.how})"
        for entry in form.entries
        if entry.field.source is Source.JUDGED and entry.fact and entry.value is False
    ]
    gone = before.files - {file.name for file in dossier.files}
    return [*told, *(f"{name} was in the earlier delivery and is not in this one" for name in sorted(gone))]


def _file_warnings(file: DeliveredFile) -> Iterator[str]:
    certified, reports = file.inspected.certified, file.reports
    yield from (f"{file.name}: certify: {words}" for words in (*certified.notes, *certified.warnings))
    yield from (f"{file.name}: check {sentence(each)}" for each in file.inspected.checked.warnings)
    yield from (f"{file.name}: {verdict}" for verdict in reports.worrying)
    for path in reports.outdated:
        yield f"{file.name}: left out {path.name}, which is not of the file as it is now"

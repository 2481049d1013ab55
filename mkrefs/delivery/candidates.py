"""Which files are to be delivered: final files of runs, or files that are named; unfit ones are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mkrefs.delivery.refusal import DeliveryRefused
from mkrefs.errors import UserError
from mkrefs.jobs.outcome import State
from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.journal import JOURNAL_NAME
from mkrefs.ledger.manifest import Manifest, manifest_beside, read_manifest
from mkrefs.overview.collect import overview
from mkrefs.overview.final_files import FINAL, final_products, not_there, only_run
from mkrefs.overview.records import ProductRecord, RunRecord, Status

#: Jobs whose verdict on a file counts; certification and checks are done again.
_TESTS = ("LoadJob", "TrialJob")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be delivered.

    Attributes
    ----------
    path : Path
        The file, absolute.
    label : str
        The label that made it; empty if mkrefs did not.
    manifest : Manifest or None
        What made it; None for a file that mkrefs did not make.
    """

    path: Path
    label: str = ""
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The files to be delivered, where they come from, and what is worth knowing of the runs."""

    files: tuple[Candidate, ...]
    sources: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def find_candidates(
    targets: Sequence[Path], labels: Sequence[str] = (), only: Sequence[str] = ()
) -> Candidates:
    """Find the files to deliver.

    Parameters
    ----------
    targets : sequence of Path
        Run folders, whose final files count, and reference files.
    labels : sequence of str
        Of runs, final files of these labels alone; empty for all.
    only : sequence of str
        Of runs, final files of these names, paths or patterns alone; empty for all.

    Returns
    -------
    Candidates

    Raises
    ------
    UserError
        If a target is neither, or labels and names match nothing.
    DeliveryRefused
        If a run is at work, or files are missing, were changed, were not made, or failed a test.
    """
    files: list[Candidate] = []
    sources: list[Path] = []
    warnings: list[str] = []
    named = [target.expanduser().absolute() for target in targets]
    if (labels or only) and all(target.is_file() for target in named):
        raise UserError("--label and --only choose among the final files of a run; give its folder.")
    for target in named:
        if target.is_file():
            files.append(_named_file(target))
            sources.append(target)
            continue
        if not target.exists():
            raise UserError(f"{target}: there is no such run folder or reference file.")
        run = only_run(target)
        _refuse_at_work(run)
        sources.append(Path(run.folder))
        warnings += _run_warnings(run)
        files += _finals(run, labels, only)
    return Candidates(tuple({file.path: file for file in files}.values()), tuple(sources), tuple(warnings))


def _refuse_at_work(run: RunRecord) -> None:
    if run.at_work:
        raise DeliveryRefused(f"{run.folder}: a run is at work here; wait until it ends.")


def _run_warnings(run: RunRecord) -> list[str]:
    last = run.commands[-1] if run.commands else None
    if last is None or (last.status in (Status.DONE, Status.FAILED) and not last.left):
        return []
    return [f"{run.folder}: the last command here did not come to its end ({last.left} jobs left)"]


def _finals(run: RunRecord, labels: Sequence[str], only: Sequence[str]) -> list[Candidate]:
    finals = final_products(run)
    chosen = [each for each in finals if _is_chosen(each, labels, only)]
    _refuse_words_without_file(run, finals, labels, only)
    refused = [reason for each in chosen if (reason := _unfit(run, each))]
    if refused:
        raise DeliveryRefused(
            f"Nothing is delivered: {'; '.join(refused)}; mend them, or choose others with --label or --only."
        )
    manifests = [(each, read_manifest(manifest_beside(Path(each.file)))) for each in chosen]
    return [Candidate(Path(each.file), each.label, manifest) for each, manifest in manifests]


def _is_chosen(product: ProductRecord, labels: Sequence[str], only: Sequence[str]) -> bool:
    return (not labels or product.label in labels) and (
        not only or any(_matches(product, word) for word in only)
    )


def _matches(product: ProductRecord, word: str) -> bool:
    path = Path(product.file)
    return fnmatch(path.name, word) or Path(word).expanduser().resolve() == path.resolve()


def _refuse_words_without_file(
    run: RunRecord, finals: Iterable[ProductRecord], labels: Sequence[str], only: Sequence[str]
) -> None:
    finals = list(finals)
    for label in labels:
        if label not in {each.label for each in finals}:
            there = ", ".join(sorted({each.label for each in finals}))
            raise UserError(f"{run.folder}: there are no final files of label '{label}'; labels are {there}.")
    for word in only:
        if not any(_matches(each, word) and _is_chosen(each, labels, ()) for each in finals):
            there = ", ".join(Path(each.file).name for each in finals)
            raise UserError(f"{run.folder}: no final file to deliver is called '{word}'; there are {there}.")


def _unfit(run: RunRecord, product: ProductRecord) -> str:
    """Say why a final file of a run cannot be delivered; empty if it can."""
    if absent := not_there(product):
        return absent
    changed = _changed(Path(product.file), read_manifest(manifest_beside(Path(product.file))))
    if changed:
        return changed
    failed = [
        each
        for each in run.products
        if each.kind in _TESTS and product.file in each.inputs and each.state == State.FAILED
    ]
    return f"{product.file} failed a test ({failed[0].reason.rstrip('.')})" if failed else ""


def _changed(path: Path, manifest: Manifest | None) -> str:
    """Say that a file is not as it was made; empty if it is."""
    records = manifest.outputs if manifest else ()
    record = next((each for each in records if Path(each.path).name == path.name), None)
    if record is None:
        return f"{path} has no manifest that tells what made it"
    try:
        same = record_file(str(path)).digest == record.digest
    except UserError as error:
        return str(error)
    return "" if same else f"{path} was changed after it was made"


def _named_file(path: Path) -> Candidate:
    """Give a file that was named: a final file of mkrefs, or one of somebody else."""
    manifest = read_manifest(manifest_beside(path))
    if manifest is None:
        return Candidate(path)
    kind = str(manifest.job.get("kind", ""))
    if kind != FINAL:
        what = "an individual file of a group" if kind == "CreateJob" else f"the product of a {kind}"
        raise DeliveryRefused(f"{path}: this is {what}; the final file of its label is what is delivered.")
    folder = path.parent.parent
    if (folder / JOURNAL_NAME).is_file():
        run = overview(folder)
        _refuse_at_work(run)
        return _finals(run, (), (str(path),))[0]
    if changed := _changed(path, manifest):
        raise DeliveryRefused(f"Nothing is delivered: {changed}; make it again, or restore it.")
    return Candidate(path, str(manifest.job.get("label", "")), manifest)

"""Fills the folder of a delivery, where the files lie: form, logs, reports, checksums and record."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mkrefs
from mkrefs.certification.report import report_to_json as certify_json
from mkrefs.crds_context.coverage_forms import trial_to_json
from mkrefs.delivery.dossier import DeliveredFile, Dossier
from mkrefs.delivery.earlier import Before
from mkrefs.delivery.filling import Form
from mkrefs.delivery.form import FORM_NAME, form_text
from mkrefs.delivery.insertion import insertion_text
from mkrefs.delivery.names import SUFFIX
from mkrefs.delivery.record import CHECKSUMS_NAME, RECORD_FORMAT, RECORD_NAME, checksum_lines, checksums
from mkrefs.delivery.texts import (
    CERTIFY_LOG,
    HTML,
    INSERTION_JSON,
    INSERTION_TEXT,
    NOT_READY,
    README,
    REPORTS,
    certify_log,
    not_ready,
    readme,
)
from mkrefs.gate.report import report_text, reports_to_json
from mkrefs.ledger.manifest import MANIFEST_SUFFIX
from mkrefs.storage.write_errors import mendable_write_errors

#: What the record tells of each header, and by which keyword.
_TOLD = (
    ("detector", "DETECTOR"),
    ("useafter", "USEAFTER"),
    ("pedigree", "PEDIGREE"),
    ("description", "DESCRIP"),
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into the folder of a delivery besides the files.

    Attributes
    ----------
    sources : sequence of Path
        The run folders and files it is made from.
    dossier : Dossier
        What is known of the files.
    form : Form
        The filled form.
    before : Before
        What an earlier delivery leaves.
    """

    sources: Sequence[Path]
    dossier: Dossier
    form: Form
    before: Before


def build(folder: Path, contents: Contents) -> None:
    """Fill the folder.

    Parameters
    ----------
    folder : Path
        Where the files of the delivery lie already, and nothing else.
    contents : Contents
        What is to be told of them.

    Raises
    ------
    mkrefs.errors.UserError
        If it cannot be written.
    """
    with mendable_write_errors(folder):
        _copy_reports(folder, contents)
        _write_texts(folder, contents)
        text = form_text(contents.form, contents.before.comments)
        sums = checksums(folder, ())
        (folder / FORM_NAME).write_text(text, encoding="utf-8")
        _write_json(folder / RECORD_NAME, record(contents, text, sums))
        _copy_added(folder, contents)
        lines = checksum_lines(checksums(folder, (FORM_NAME, CHECKSUMS_NAME)))
        (folder / CHECKSUMS_NAME).write_text(lines, encoding="utf-8")


def _copy_reports(folder: Path, contents: Contents) -> None:
    files = contents.dossier.files
    names = Counter(file.candidate.path.name for file in files)
    for file in files:
        reports = folder / REPORTS
        if names[file.candidate.path.name] > 1:  # of several runs
            reports /= file.name.removesuffix(SUFFIX)
        reports.mkdir(parents=True, exist_ok=True)
        for path in file.reports.files:
            # Not called a manifest: the folder may lie in that of the run, where manifests are looked for.
            name = path.name.replace(MANIFEST_SUFFIX, ".provenance.json")
            shutil.copyfile(path, reports / name)
    pages = [source / HTML for source in contents.sources if (source / HTML).is_file()]
    for number, page in enumerate(pages, 1):
        shutil.copyfile(page, folder / (HTML if len(pages) == 1 else f"report_{number}.html"))


def _write_texts(folder: Path, contents: Contents) -> None:
    dossier, missing = contents.dossier, contents.form.missing
    for file in dossier.files:
        checked = file.inspected.checked
        stem = f"{REPORTS}/{file.name.removesuffix(SUFFIX)}"
        _write_json(folder / f"{stem}.certify.json", certify_json(file.name, file.inspected.certified))
        _write_json(folder / f"{stem}.checks.json", reports_to_json([checked]))
        (folder / f"{stem}.checks.txt").write_text(report_text(checked), encoding="utf-8")
    texts = {CERTIFY_LOG: certify_log(dossier), INSERTION_TEXT: insertion_text(dossier.trial)}
    texts |= {NOT_READY: not_ready(missing)} if missing else {}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    _write_json(folder / INSERTION_JSON, trial_to_json(dossier.trial))
    present = [*(path.name for path in folder.iterdir()), FORM_NAME, RECORD_NAME, CHECKSUMS_NAME]
    (folder / README).write_text(readme(dossier, present, missing), encoding="utf-8")


def _copy_added(folder: Path, contents: Contents) -> None:
    """Take along what people put into the folder; what mkrefs writes goes first."""
    for name, path in contents.before.added.items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")


def record(contents: Contents, text: str, sums: Mapping[str, str]) -> dict[str, Any]:
    """Give all that a delivery is made of as JSON values.

    Parameters
    ----------
    contents : Contents
        What is told of it.
    text : str
        The form as it is written.
    sums : mapping of str to str
        SHA-256 of what lies in the folder, by relative path.
    """
    form, trial = contents.form, contents.dossier.trial
    return {
        "mkrefs_delivery": RECORD_FORMAT,
        "ready": not form.missing,
        "missing": [field.name for field in form.missing],
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "mkrefs": mkrefs.__version__,
        "context": trial.context,
        "sources": [str(source) for source in contents.sources],
        "files": [_file(file, sums) for file in contents.dossier.files],
        "form": {
            "answers": {entry.field.name: entry.value for entry in form.entries},
            "known": {entry.field.name: entry.fact.value if entry.fact else None for entry in form.entries},
            "yours": [entry.field.name for entry in form.entries if entry.yours],
            "contradictions": list(form.contradictions),
            "text": text,
        },
        "contents": dict(sums),
    }


def _file(file: DeliveredFile, sums: Mapping[str, str]) -> dict[str, Any]:
    manifest, exposures = file.candidate.manifest, file.exposures
    return {
        "name": file.name,
        "sha256": sums[file.name],
        "original": str(file.candidate.path),
        "label": file.candidate.label,
        "instrument": file.instrument,
        "reftype": file.reftype,
        **{name: file.header.text(keyword) for name, keyword in _TOLD},
        "previous": file.previous or None,
        "certify": {
            "context": file.inspected.certified.context,
            "errors": len(file.inspected.certified.errors),
            "warnings": list(file.inspected.certified.warnings),
        },
        "checks": {
            "checks": list(file.inspected.checked.checks),
            "warnings": [each.what for each in file.inspected.checked.warnings],
        },
        "tests": list(file.reports.tests),
        "exposures": list(exposures.names),
        "first_exposure": exposures.first.isoformat() if exposures.first else None,
        "last_exposure": exposures.last.isoformat() if exposures.last else None,
        "software": dict(file.software),
        "calibrated_with": list(exposures.pipeline),
        "made_in_context": manifest.context if manifest else None,
        "fingerprint": manifest.fingerprint if manifest else None,
        "parameters": manifest.job.get("parameters") if manifest else None,
    }

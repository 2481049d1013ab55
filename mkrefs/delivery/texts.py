"""The texts of a delivery that people read: README.txt, NOT_READY.txt, and the whole log of certify."""

from collections.abc import Iterator, Sequence

from mkrefs.delivery.dossier import Dossier
from mkrefs.delivery.fields import Field
from mkrefs.delivery.form import FORM_NAME
from mkrefs.delivery.insertion import changes

README = "README.txt"
NOT_READY = "NOT_READY.txt"
CERTIFY_LOG = "certify.log"
INSERTION_TEXT = "insertion.txt"
INSERTION_JSON = "insertion.json"
REPORTS = "reports"
HTML = "report.html"

_CONTENTS = {
    FORM_NAME: "the delivery form of CRDS",
    CERTIFY_LOG: "what crds certify says of the files as they are here",
    INSERTION_TEXT: "which exposures would get another file; the same as JSON in insertion.json",
    f"{REPORTS}/": "findings in the files as they are here; under their former names, those of the run",
    HTML: "the report of the run",
    "delivery.json": "all of this for machines, with exposures, software and parameters",
    "SHA256SUMS": "checksums of everything but the form, for sha256sum -c SHA256SUMS",
}


def readme(dossier: Dossier, present: Sequence[str], missing: Sequence[Field]) -> str:
    """Tell what is in the folder.

    Parameters
    ----------
    dossier : Dossier
        The files, and what they would do.
    present : sequence of str
        First parts of the paths in the folder.
    missing : sequence of Field
        Answers that are still missing.
    """
    return "\n".join(_readme(dossier, present, missing)) + "\n"


def not_ready(missing: Sequence[Field]) -> str:
    """Tell which answers are missing."""
    lines = [f"{field.name}: {field.question} ({field.allowed})" for field in missing]
    head = f"This delivery is not ready. In {FORM_NAME} these answers are missing:"
    what_to_do = "Write them there, or give them with --set or --form, and run mkrefs deliver again."
    return "\n".join([head, "", *lines, "", what_to_do, ""])


def certify_log(dossier: Dossier) -> str:
    """Join what crds certify said of each file."""
    blocks = [
        f"{'=' * 20} {file.name} {'=' * 20}\n{file.inspected.certified.log.rstrip()}\n"
        for file in dossier.files
    ]
    return "\n".join(blocks)


def _readme(dossier: Dossier, present: Sequence[str], missing: Sequence[Field]) -> Iterator[str]:
    first = dossier.files[0]
    yield f"Delivery of {first.instrument} reference files for CRDS, prepared by mkrefs deliver"
    yield f"Not ready: see {NOT_READY}" if missing else "Ready to be handed over"
    yield ""
    yield "Files, and what they were called before; FILENAME says the new name, nothing else was changed:"
    for file in dossier.files:
        yield f"  {file.name}"
        label = f", label {file.candidate.label}" if file.candidate.label else ""
        yield f"    was {file.candidate.path.name}{label}"
    yield ""
    yield f"What changes in {dossier.trial.context} (more in {INSERTION_TEXT}):"
    yield from (f"  {line}" for line in changes(dossier.trial))
    yield ""
    yield "In this folder:"
    for name, what in _CONTENTS.items():
        if name.rstrip("/") in present:
            yield f"  {name:<18} {what}"

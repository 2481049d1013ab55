"""The long answers of the form: how the files were tested, with which pipeline, and what they are."""

from collections.abc import Iterable, Iterator

from mkrefs.counting import counted
from mkrefs.delivery.dossier import DeliveredFile, Dossier
from mkrefs.delivery.exposures import Exposures
from mkrefs.delivery.fields import printable
from mkrefs.delivery.insertion import modes, old_files
from mkrefs.delivery.reports import IN_PIPELINE


def testing(dossier: Dossier) -> str:
    """Tell what was done to find out whether the files are right, a line for each file."""
    lines = [f"{file.name}: {'; '.join(_tested(file))}." for file in dossier.files]
    changes = counted(len(modes(dossier.trial)), "kind")
    lines.append(
        f"Trial insertion into {dossier.trial.context}: no exposures lose their file, no overlaps, "
        f"{changes} of exposures would get another file."
    )
    return "\n".join(lines)


def calpipe(dossier: Dossier) -> str:
    """Tell with which jwst the files were made, and whether they were run through it; empty if not known."""
    made = sorted({version for file in dossier.files for version in _versions(file)})
    if not made:
        return ""
    untried = [file for file in dossier.files if not _tried(file)]
    tests = sorted({test for file in dossier.files for test in _tried(file)})
    if not untried:
        return f"Yes, jwst {', '.join(made)} ({', '.join(tests)})"
    some = f"{len(untried)} of {len(dossier.files)} were not" if tests else "they were not"
    return f"No, made with jwst {', '.join(made)}, but {some} run through it afterwards"


def description(dossier: Dossier) -> str:
    """Draft the description, in the characters that CRDS allows: what the files are, from what, with what."""
    return " ".join(printable(sentence) for sentence in _described(dossier))


def _tested(file: DeliveredFile) -> Iterator[str]:
    certified, checked = file.inspected.certified, file.inspected.checked
    yield f"crds certify against {certified.context} 0 errors, {counted(len(certified.warnings), 'warning')}"
    yield f"{len(checked.checks)} checks of mkrefs passed, {counted(len(checked.warnings), 'warning')}"
    tests = [test for test in file.reports.tests if test != "verification"]
    yield from (f"{test} passed" for test in tests)
    yield from (words for words in (file.reports.comparison, file.reports.verification) if words)


def _described(dossier: Dossier) -> Iterator[str]:
    instrument = dossier.files[0].instrument
    for reftype in dict.fromkeys(file.reftype for file in dossier.files):
        files = [file for file in dossier.files if file.reftype == reftype]
        detectors = sorted({file.header.text("DETECTOR") for file in files if file.header.text("DETECTOR")})
        kind = f"{instrument} {reftype.upper()} file"
        yield f"{counted(len(files), kind)} for {', '.join(detectors) or 'all detectors'}{_origin(files)}."
        texts = dict.fromkeys(file.header.text("DESCRIP") for file in files)
        yield from (f"{text.rstrip('.')}." for text in texts if text)
    old = old_files(dossier.trial)
    if old:
        yield f"Replacing {', '.join(old)}."


def _origin(files: list[DeliveredFile]) -> str:
    """Tell from how many exposures of which dates files were made, where that is known of all."""
    exposures = {name for file in files for name in file.exposures.names}
    if not all(file.exposures.names for file in files):
        return ""
    first = [file.exposures.first for file in files if file.exposures.first]
    last = [file.exposures.last for file in files if file.exposures.last]
    known = len(first) == len(last) == len(files)
    days = Exposures((), min(first), max(last)).days if known else ""
    return f", made from {counted(len(exposures), 'exposure')}{f' of {days}' if days else ''}"


def _versions(file: DeliveredFile) -> Iterable[str]:
    own = file.software.get("jwst", "")
    return {*file.exposures.pipeline, *([own] if own not in ("", "not installed", "(not installed)") else [])}


def _tried(file: DeliveredFile) -> list[str]:
    return [test for test in file.reports.tests if test in IN_PIPELINE]

"""What the trial insertion says, read for a delivery: which old files are concerned, and which modes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mkrefs.crds_context.coverage import NOT_NEEDED, TrialInsertion
from mkrefs.crds_context.coverage_forms import change_text, dates_text, exposures_text, trial_lines


def with_delivered_names(trial: TrialInsertion, folder: Path) -> TrialInsertion:
    """Call the new files as they are called in the delivery, and not by the folder where it is made."""
    place = f"{folder}/"

    def named(text: str) -> str:
        return text.replace(place, "")

    return replace(
        trial,
        files=tuple(replace(file, source=Path(file.source.name)) for file in trial.files),
        findings=tuple(
            replace(
                finding,
                files=tuple(map(named, finding.files)),
                text=named(finding.text),
                remedy=named(finding.remedy),
            )
            for finding in trial.findings
        ),
    )


def old_files(trial: TrialInsertion) -> tuple[str, ...]:
    """Name the files of the context that would serve fewer exposures, or none."""
    new = {file.source.name for file in trial.files} | {file.name for file in trial.files}
    named = [*(file.replaces for file in trial.files), *(change.before for change in trial.changes)]
    return tuple(sorted({name for name in named if name and name != NOT_NEEDED and name not in new}))


def previous_of(name: str, trial: TrialInsertion) -> str:
    """Name the file of the context whose place, or whose exposures, a new file would get; empty if none."""
    replaced = [file.replaces for file in trial.files if file.source.name == name and file.replaces]
    served = sorted(change.before for change in trial.changes if change.after == name)
    known = [before for before in served if before not in ("", NOT_NEEDED)]
    return (replaced or known[::-1] or [""])[0]


def useafter_matches(trial: TrialInsertion) -> bool:
    """Tell whether every file that serves fewer exposures is replaced by one of the same USEAFTER."""
    return set(old_files(trial)) <= {file.replaces for file in trial.files}


def modes(trial: TrialInsertion) -> tuple[str, ...]:
    """Describe the exposures that would get another file, a line for each kind."""
    lines = (
        f"{change.instrument} {change.reftype.upper()}: {exposures_text(change)}, {dates_text(change)}"
        for change in trial.changes
    )
    return tuple(dict.fromkeys(lines))


def changes(trial: TrialInsertion) -> tuple[str, ...]:
    """Tell who would get which file in place of which, a line for each kind of exposures."""
    return tuple(change_text(change) for change in trial.changes) or ("no exposure gets another file",)


def insertion_text(trial: TrialInsertion) -> str:
    """Give a trial insertion to be read."""
    return "\n".join(_lines(trial)) + "\n"


def _lines(trial: TrialInsertion) -> Iterator[str]:
    yield f"Trial insertion into {trial.context}"
    yield ""
    yield "The files, under what the rules would have them:"
    for file in trial.files:
        category = ", ".join(f"{keyword} {value}" for keyword, value in file.category)
        replaced = f", in place of {file.replaces}" if file.replaces else ""
        yield f"  {file.source.name}: {category}, USEAFTER {file.useafter}{replaced}"
    yield ""
    yield "What would happen:"
    yield from (f"  {line}" for line in trial_lines(trial))

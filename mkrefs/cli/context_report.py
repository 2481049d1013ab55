"""What a change of a private context did, and what a trial insertion tells, as lines to be read."""

from collections.abc import Iterable

import click

from mkrefs.crds_context import (
    NOT_NEEDED,
    CoverageChange,
    Kind,
    PrivateContext,
    TrialInsertion,
    change_text,
    reference_counts,
)

#: Changes that are printed one by one; JSON has them all.
_MOST_LINES = 40


def tell_context(made: PrivateContext) -> None:
    """Say what was added, what that changes, and how to use the context."""
    for file in made.added:
        click.echo(
            f"{file.name}: {'added from' if file.new else 'already there, same content as'} {file.source}"
        )
    if made.trial is not None and made.trial.files:
        tell_trial(made.trial)
    click.echo(f"{made.context} is in force in {made.path}. To use it:")
    click.echo(f"  export CRDS_PATH={made.path}")
    click.echo("  unset CRDS_SERVER_URL CRDS_CONTEXT")


def tell_base(made: PrivateContext) -> None:
    """Say how many reference files a context has that was based on another."""
    there, named = reference_counts(made)
    click.echo(f"{made.context} names {named} reference files, {there} of which were found and linked.")


def tell_trial(trial: TrialInsertion) -> None:
    """Say what speaks against files, what is worth knowing, and which exposures get another file."""
    for line in [*_findings(trial), *_first_files(trial)]:
        click.echo(line)
    changes = [change for change in trial.changes if not _goes_without_saying(change)]
    if not changes:
        click.echo("No exposure gets another file.")
        return
    click.echo("Exposures that get another file:")
    _lines(change_text(change) for change in changes)


def _findings(trial: TrialInsertion) -> list[str]:
    """Give the findings but those of first files, which `_first_files` tells together."""
    told = [finding for finding in trial.findings if finding.kind is not Kind.UNCOVERED]
    return [f"{finding.kind.value}: {finding.sentence}" for finding in told]


def _first_files(trial: TrialInsertion) -> list[str]:
    """Tell of the types that were not needed so far, one line for all that have the same to say."""
    lines = []
    found = [finding for finding in trial.findings if finding.kind is Kind.UNCOVERED]
    for text, remedy in dict.fromkeys((finding.text, finding.remedy) for finding in found):
        paths = {path for finding in found if finding.text == text for path in finding.files}
        files = [file for file in trial.files if str(file.source) in paths]
        types = dict.fromkeys(f"{file.instrument} {file.reftype}" for file in files)
        lines.append(f"{Kind.UNCOVERED.value}: {', '.join(types)}: {text}; {remedy}")
    return lines


def _goes_without_saying(change: CoverageChange) -> bool:
    """Tell whether the line of first files says it already."""
    return change.before == NOT_NEEDED and not change.after


def _lines(texts: Iterable[str]) -> None:
    lines = list(texts)
    for line in lines[:_MOST_LINES]:
        click.echo(f"  {line}")
    if len(lines) > _MOST_LINES:
        click.echo(f"  ... and {len(lines) - _MOST_LINES} more lines; 'mkrefs context try --json' has all")

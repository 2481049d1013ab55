"""Inserts files into a staged cache and finds out what that changes. For the child process only."""

from collections import Counter
from pathlib import Path

from mkrefs.crds_context.coverage import Finding, Kind, TrialInsertion
from mkrefs.crds_context.examination import Examined, examine
from mkrefs.crds_context.insertion import Insertion


def trial_of(insertion: Insertion, context: str) -> TrialInsertion:
    """Tell what an insertion changes, and what speaks against it.

    Parameters
    ----------
    insertion : Insertion
        What `mkrefs.crds_context.insertion.insert_references` gave.
    context : str
        Name of the pmap that the files were inserted into.
    """
    sources = {name: source for trial in insertion.trials for name, source in trial.files.items()}
    bases = Counter(Path(source).name for source in sources.values())
    shown = {
        name: base if bases[base := Path(source).name] == 1 else source for name, source in sources.items()
    }
    examined = [examine(trial, shown) for trial in insertion.trials]
    findings = [*insertion.refused, *_findings(examined), *_present(insertion)]
    return TrialInsertion(
        context,
        tuple(file for one in examined for file in one.files),
        tuple(change for one in examined for change in one.changes),
        tuple(sorted(findings, key=lambda finding: not finding.stops)),
    )


def _findings(examined: list[Examined]) -> list[Finding]:
    return [finding for one in examined for finding in one.findings]


def _present(insertion: Insertion) -> list[Finding]:
    return [
        Finding(Kind.PRESENT, (source,), f"the context has it already, as {name}")
        for source, name, new in insertion.added
        if not new
    ]

"""Certifies and checks files as they will be delivered, under their new names."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkrefs.certification.certify import certify
from mkrefs.certification.report import CertifyReport
from mkrefs.contract.checks import MadeFrom
from mkrefs.crds_context.coverage import Kind, TrialInsertion
from mkrefs.crds_context.trial_insertion import try_insertion
from mkrefs.delivery.candidates import Candidate
from mkrefs.delivery.headers import Header
from mkrefs.delivery.insertion import with_delivered_names
from mkrefs.delivery.refusal import DeliveryRefused
from mkrefs.gate.gate import check_file
from mkrefs.gate.provenance import from_file, from_metadata
from mkrefs.gate.report import GateReport, sentence
from mkrefs.gate.rules import GateRules
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.ledger.manifest import manifest_beside, read_manifest
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.available_memory import usable_cores

#: What the name of the gate's report has in place of the suffix of the file.
_CHECKS = ".checks.json"


@dataclass(frozen=True, slots=True)
class Copied:
    """A file in the folder to be, with the candidate it is a copy of."""

    candidate: Candidate
    path: Path
    header: Header


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in one file."""

    certified: CertifyReport
    checked: GateReport


def inspect(files: Sequence[Copied], context: CrdsState) -> tuple[tuple[Inspected, ...], TrialInsertion]:
    """Certify and check files, and try them in the context, all at once.

    Parameters
    ----------
    files : sequence of Copied
        The files as they will be delivered.
    context : CrdsState
        The context in force.

    Returns
    -------
    inspected : tuple of Inspected
        In the order given.
    trial : TrialInsertion
        What they would do to the context.

    Raises
    ------
    DeliveryRefused
        If files have errors, or the context cannot take them: all of them are named with what was found.
    """
    with ThreadPoolExecutor(max_workers=usable_cores()) as pool:
        waiting = [pool.submit(certify, file.path, context) for file in files]
        trying = pool.submit(try_insertion, [file.path for file in files], context)
        checked = [check_copy(file) for file in files]
        certified = [each.result() for each in waiting]
        trial = with_delivered_names(trying.result(), files[0].path.parent)
    found = tuple(Inspected(*pair) for pair in zip(certified, checked, strict=True))
    faults = [fault for file, each in zip(files, found, strict=True) for fault in _faults(file, each)]
    faults += _stopping(trial, files, known=bool(faults))
    if faults:
        raise DeliveryRefused(f"Nothing is delivered: {'; '.join(faults)}.")
    return found, trial


def check_copy(file: Copied) -> GateReport:
    """Hold a file to the limits that its run held it to; one that no run knows, to those of mkrefs."""
    checks = load_plugins().checks
    original = file.candidate.path
    report = read_manifest(manifest_beside(original.with_name(f"{original.stem}{_CHECKS}")))
    job: dict[str, Any] = dict(report.job) if report else {}
    if file.candidate.manifest is None or job.get("kind") != "GateJob":
        return check_file(file.path, GateRules(checks), from_file(original, file.header.history))
    label, days = file.candidate.label, job.get("days", ())
    made_from: MadeFrom = from_metadata(job["metadata"], "the plan of the run", label, days)
    names = tuple(name for name in job["checks"] if name in checks)
    return check_file(file.path, GateRules(checks, names, job["limits"]), made_from)


def _stopping(trial: TrialInsertion, files: Sequence[Copied], *, known: bool) -> list[str]:
    """Say what of the trial stops the delivery; refusals only where certify does not tell of them.

    Files are called by the paths that the deliverer knows.
    """
    paths = {file.path.name: str(file.candidate.path) for file in files}
    names = re.compile("|".join(map(re.escape, sorted(paths, key=len, reverse=True))))
    findings = [each for each in trial.stopping if not (known and each.kind is Kind.REFUSED)]
    told = (names.sub(lambda name: paths[name[0]], each.sentence.rstrip(".")) for each in findings)
    return [f"{trial.context} cannot take {words}" for words in told]


def _faults(file: Copied, found: Inspected) -> list[str]:
    name = file.candidate.path
    certified, checked = found.certified, found.checked
    faults = [f"crds certify against {certified.context}: {error.rstrip('.')}" for error in certified.errors]
    faults += [f"check {sentence(each)}" for each in checked.errors]
    return [f"{name} has errors ({', '.join(faults)})"] if faults else []

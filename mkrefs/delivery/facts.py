"""What mkrefs knows of a delivery and the form asks for: each fact with the words on how it was found out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mkrefs.delivery.dossier import Dossier
from mkrefs.delivery.fields import Value
from mkrefs.delivery.insertion import modes, old_files, useafter_matches
from mkrefs.delivery.keywords import Finding, descrip, history, keywords, pedigree, useafter
from mkrefs.delivery.wording import calpipe, description, testing


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer that mkrefs can give.

    Attributes
    ----------
    value : str or bool
        The answer.
    how : str
        How it was found out, in a sentence without full stop.
    """

    value: Value
    how: str


def facts_of(dossier: Dossier) -> Mapping[str, Fact]:
    """Answer what can be answered.

    Parameters
    ----------
    dossier : Dossier
        All that is known of the files.

    Returns
    -------
    mapping of str to Fact
        By field; what is not known is left out.
    """
    old = old_files(dossier.trial)
    facts = {
        "instrument": Fact(dossier.files[0].instrument.lower(), "INSTRUME of the files"),
        "file_type": Fact(_types(dossier), "REFTYPE of the files"),
        "compliance_verified": Fact(
            "Yes", f"crds certify finds no error against {dossier.trial.context}; see certify.log"
        ),
        "replacement_files": Fact(bool(old), _trial(dossier, "the files that would serve fewer exposures")),
        "old_reference_files": Fact(
            ", ".join(old), _trial(dossier, "the files that would serve fewer exposures")
        ),
        "useafter_matches": _useafter_matches(dossier, old),
        "modes_affected": Fact(
            "\n".join(modes(dossier.trial)) or "none",
            _trial(dossier, "exposures that would get another file"),
        ),
        "correctness_testing": Fact(testing(dossier), "the reports in this folder"),
        "description": Fact(description(dossier), "a draft from what is known; say why, and what to expect"),
    }
    if not old:
        facts["replacing_badfiles"] = Fact("N/A", _trial(dossier, "no file is replaced"))
    if version := calpipe(dossier):
        facts["calpipe_version"] = Fact(
            version, "manifests, HISTORY, and the tests that ran the files through the pipeline"
        )
    judged: Mapping[str, Callable[..., Finding]] = {
        "history_updated": history,
        "pedigree_updated": pedigree,
        "keywords_checked": keywords,
        "descrip_updated": descrip,
        "useafter_updated": useafter,
    }
    for name, judge in judged.items():
        fact = _together([judge(file) for file in dossier.files], [file.name for file in dossier.files])
        facts |= {name: fact} if fact else {}
    return facts


def _types(dossier: Dossier) -> str:
    return ", ".join(sorted({file.reftype.upper() for file in dossier.files}))


def _trial(dossier: Dossier, what: str) -> str:
    return f"trial insertion into {dossier.trial.context}: {what}"


def _useafter_matches(dossier: Dossier, old: Sequence[str]) -> Fact:
    if not old:
        return Fact("N/A", _trial(dossier, "no file is replaced"))
    same = useafter_matches(dossier.trial)
    return Fact("Yes" if same else "No", _trial(dossier, "USEAFTER of the files that are replaced"))


def _together(findings: Iterable[Finding], names: Sequence[str]) -> Fact | None:
    """Join what was found of each file: true if it is of all, unknown if it is of one and false of none."""
    told = list(zip(names, findings, strict=True))
    wrong = [(name, found) for name, found in told if found.good is False]
    if not wrong and any(found.good is None for _, found in told):
        return None
    by_reason: dict[str, list[str]] = {}
    for name, found in wrong or told:
        by_reason.setdefault(found.why, []).append(name)
    if len(by_reason) == 1 and not 0 < len(wrong) < len(told):
        return Fact(not wrong, *by_reason)
    return Fact(not wrong, "; ".join(f"{why} ({', '.join(names)})" for why, names in by_reason.items()))

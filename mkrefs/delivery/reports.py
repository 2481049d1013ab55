"""What the run found out about a final file: tests, comparison and verification of this very file.

They are read by their keys alone; what is missing, or of a form not known here, is passed over.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any

from mkrefs.counting import counted
from mkrefs.delivery.candidates import Candidate
from mkrefs.ledger.manifest import MANIFEST_SUFFIX, manifest_beside, read_manifest

#: Reports of passed tests, by what the name has in place of the suffix of the file.
_TESTS = {
    ".test4datamodel.txt": "test4datamodel",
    ".test4ssb.txt": "test4ssb",
    ".quality_check.txt": "quality_check",
}
#: Tests that ran the file through the pipeline.
IN_PIPELINE = ("test4ssb", "quality_check", "verification")
#: What is made anew for the delivered file.
_MADE_ANEW = (".certify.", ".checks.")
_WORSE = ("worse", "mixed", "suspicious")
#: Verdicts of measures that speak for a type.
_JUDGED = ("better", "equal", "worse")


@dataclass(frozen=True, slots=True)
class RunReports:
    """What a run found out about a final file.

    Attributes
    ----------
    files : tuple of Path
        The reports, and the manifest of the file.
    outdated : tuple of Path
        Reports that are not of the file as it is now.
    tests : tuple of str
        Names of the tests that it passed.
    comparison, verification : str
        What these say, in a sentence without full stop; empty if there is none.
    worrying : tuple of str
        Verdicts that somebody should look at.
    versions : mapping of str to str
        By test, the version of jwst that it was made with.
    """

    files: tuple[Path, ...] = ()
    outdated: tuple[Path, ...] = ()
    tests: tuple[str, ...] = ()
    comparison: str = ""
    verification: str = ""
    worrying: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def run_reports(candidate: Candidate) -> RunReports:
    """Collect the reports of a final file.

    Parameters
    ----------
    candidate : Candidate
        The file.

    Returns
    -------
    RunReports
        Empty for a file that mkrefs did not make.
    """
    if candidate.manifest is None:
        return RunReports()
    stem, folder = candidate.path.stem, candidate.path.parent
    found = [path for path in sorted(folder.glob(f"{escape(stem)}.*")) if _is_report(path, candidate.path)]
    old = {_kind(path, candidate) for path in found if _is_outdated(path, candidate)}
    fresh = [path for path in found if _kind(path, candidate) not in old]
    contents = {kind: _read(folder / f"{stem}.{kind}.json", fresh) for kind in ("comparison", "verification")}
    tests = {name: folder / f"{stem}{suffix}" for suffix, name in _TESTS.items()}
    passed = tuple(name for name, path in tests.items() if path in fresh and _version(path))
    verdicts = [(kind, str(_verdict(content))) for kind, content in contents.items() if content]
    return RunReports(
        files=(*fresh, manifest_beside(candidate.path)),
        outdated=tuple(path for path in found if path not in fresh),
        tests=(*passed, *(["verification"] if contents["verification"] else [])),
        comparison=_compared(contents["comparison"]),
        verification=_verified(contents["verification"]),
        worrying=tuple(f"{kind}: {verdict}" for kind, verdict in verdicts if verdict in _WORSE),
        versions={name: _version(tests[name]) for name in passed},
    )


def _is_report(path: Path, file: Path) -> bool:
    rest = path.name.removeprefix(file.stem)
    anew = rest.startswith(_MADE_ANEW)
    return path != file and path.is_file() and not path.name.endswith(MANIFEST_SUFFIX) and not anew


def _kind(path: Path, candidate: Candidate) -> str:
    """Give the word by which reports of one job are called alike: ``comparison``, ``test4ssb`` ..."""
    return path.name.removeprefix(candidate.path.stem).split(".")[1]


def _is_outdated(path: Path, candidate: Candidate) -> bool:
    """Tell whether the job that wrote a report read other bytes than those of the file now."""
    manifest = read_manifest(manifest_beside(path))
    made = candidate.manifest.outputs if candidate.manifest else ()
    own = {Path(each.path).name: each.digest for each in made}
    read = {Path(each.path).name: each.digest for each in manifest.inputs} if manifest else {}
    name = candidate.path.name
    return name in read and read[name] != own.get(name)


def _version(path: Path) -> str:
    manifest = read_manifest(manifest_beside(path))
    return manifest.versions.get("jwst", "") if manifest else ""


def _read(path: Path, fresh: list[Path]) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path in fresh else {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _verdict(content: Mapping[str, Any]) -> str:
    verdict = content.get("verdict")
    return str(verdict.get("verdict", "")) if isinstance(verdict, dict) else str(verdict or "")


def _compared(content: Mapping[str, Any]) -> str:
    """Tell of a comparison: with what, the verdict, and how the main array moved."""
    if not content.get("previous") or not isinstance(content.get("comparison"), dict):
        return ""
    told = [f"compared with {content['previous']}"]
    if verdict := _verdict(content):
        told.append(f"verdict {verdict}")
    arrays = content["comparison"].get("arrays")
    for name, array in list((arrays if isinstance(arrays, dict) else {}).items())[:1]:
        for key, words in (("difference", "new - previous"), ("ratio", "new / previous")):
            spread = array.get(key) if isinstance(array, dict) else None
            if isinstance(spread, dict) and isinstance(spread.get("median"), float):
                told.append(f"median of {name} {words} {spread['median']:.6g}")
    return ", ".join(told)


def _verified(content: Mapping[str, Any]) -> str:
    """Tell of a verification: on how many exposures, the verdict, and the measures."""
    if not content:
        return ""
    exposures = counted(len(content.get("exposures") or ()), "exposure")
    told = [f"verified on {exposures} held back"]
    if verdict := _verdict(content):
        told.append(f"verdict {verdict}")
    return ", ".join([*told, *_measures(content.get("summary"))])


def _measures(summary: Any) -> Iterator[str]:
    """Tell the measures that the verdict rests on; all of them, if there was nothing to judge by."""
    measures = summary if isinstance(summary, list) else []
    for each in [one for one in measures if one.get("verdict") in _JUDGED] or measures:
        new, previous = each.get("new"), each.get("previous")
        if isinstance(new, int | float):
            before = f"{previous:.4g} -> " if isinstance(previous, int | float) else ""
            title, unit = each.get("title") or each.get("name"), each.get("unit") or ""
            yield f"{title} {before}{new:.4g} {unit}".rstrip()

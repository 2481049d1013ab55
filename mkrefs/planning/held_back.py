"""Which exposures are kept out of making reference files, to verify the files on them.

The choice is one for the whole run: what one label holds back does not get into the files of another with
which its exposures are calibrated.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mkrefs.grouping.modes import mode_rule
from mkrefs.grouping.reasons import noun
from mkrefs.grouping.spread import spread_share
from mkrefs.instruments.exposure_header import present
from mkrefs.planning.candidates import Candidate
from mkrefs.planning.request import LabelRequest
from mkrefs.planning.trials import steps_of_trial

#: What names a mode well enough for a reader.
_IN_WORDS = ("DETECTOR", "SUBARRAY", "READPATT", "EXP_TYPE", "FILTER", "PUPIL", "BAND")
#: How many exposures a group of any number is made of at least.
_LEAST = 2

Candidates = Mapping[str, Mapping[str, Candidate]]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What the labels of a run hold back.

    Attributes
    ----------
    exposures : mapping of str to mapping of str to str
        By label, the reason by exposure.
    notes : mapping of str to tuple of str
        By label, why nothing of some mode is held back although it asks for it.
    """

    exposures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Exposures of one image type and mode, in the order of time, and the labels that may take them."""

    letter: str
    mode: str
    exposures: tuple[str, ...]
    labels: tuple[str, ...]


def hold_back(
    requests: Sequence[LabelRequest], candidates: Candidates, can_be_tried: Callable[[str], bool]
) -> HeldBack:
    """Choose the exposures to be held back, by detector, mode and image type.

    Parameters
    ----------
    requests : sequence of LabelRequest
        All labels of the run.
    candidates : mapping of str to mapping of str to Candidate
        By label, the exposures that it can use.
    can_be_tried : callable
        Tells of an exposure whether the pipeline can be run on it from the beginning.

    Returns
    -------
    HeldBack
        A label that makes files for one that asks holds back at least what that one does.
    """
    by_label = {request.label: request for request in requests if _can_be_verified(request, candidates)}
    shares = _shares(requests, by_label)
    exposures: dict[str, dict[str, str]] = {}
    notes: dict[str, list[str]] = {}
    for cell in _cells([request for request in requests if shares[request.label]], candidates, can_be_tried):
        least = max(_needed(request, cell.letter) for request in requests if request.label in cell.labels)
        for label in cell.labels:
            places = spread_share(len(cell.exposures), shares[label], least_left=least)
            reason = _reason(label, shares[label], by_label, requests)
            exposures.setdefault(label, {}).update(dict.fromkeys((cell.exposures[i] for i in places), reason))
            if not places and label in by_label:
                notes.setdefault(label, []).append(_too_few(cell, least))
    return HeldBack(exposures, {label: tuple(dict.fromkeys(texts)) for label, texts in notes.items()})


def _can_be_verified(request: LabelRequest, candidates: Candidates) -> bool:
    """Tell whether a label asks for verification, and a step of the pipeline takes what it makes."""
    instruments = {str(each.row["INSTRUME"]) for each in candidates[request.label].values()}
    return request.verify > 0 and any(steps_of_trial(request.reftype, name) for name in instruments)


def _shares(requests: Sequence[LabelRequest], asking: Collection[str]) -> dict[str, float]:
    """Give the share that each label holds back: its own, or that of a label which its files serve."""
    shares = {each.label: each.verify if each.label in asking else 0.0 for each in requests}
    for _ in requests:  # a chain has no more links than there are labels
        for request in requests:
            for maker in _makers(request) & shares.keys():
                shares[maker] = max(shares[maker], shares[request.label])
    return shares


def _makers(request: LabelRequest) -> frozenset[str]:
    return frozenset(layer.maker for layer in request.all_layers.values() if layer.maker)


def _reason(label: str, share: float, asking: Collection[str], requests: Sequence[LabelRequest]) -> str:
    if label in asking:
        return f"held back for verification (verify: {share:g})"
    served = ", ".join(each.label for each in requests if label in _makers(each))
    return f"held back for verification: {served}, calibrated with the files of {label}, is verified on it"


def _cells(
    requests: Sequence[LabelRequest], candidates: Candidates, can_be_tried: Callable[[str], bool]
) -> Iterator[_Cell]:
    """Sort what can be held back by image type and by all that any of the labels keeps apart."""
    members: dict[tuple[str, tuple[tuple[str, object], ...]], dict[str, dict[str, Candidate]]] = {}
    for request in requests:
        for exposure, candidate in candidates[request.label].items():
            letter = str(candidate.row["imtype"])
            keywords = _keywords(requests, letter, str(candidate.row["INSTRUME"]))
            mode = tuple((name, present(candidate.row, name)) for name in keywords)
            members.setdefault((letter, mode), {}).setdefault(request.label, {})[exposure] = candidate
    for (letter, mode), by_label in sorted(members.items(), key=lambda item: str(item[0])):
        first, *others = by_label.values()
        usable = {name: first[name].row for name in first if all(name in each for each in others)}
        fitting = [name for name, row in usable.items() if not math.isnan(row["mjd"]) and can_be_tried(name)]
        ordered = sorted(fitting, key=lambda name: (usable[name]["mjd"], name))
        told = " ".join(str(value) for name, value in mode if name in _IN_WORDS and value is not None)
        yield _Cell(letter, told, tuple(ordered), tuple(by_label))


def _keywords(requests: Sequence[LabelRequest], letter: str, instrument: str) -> tuple[str, ...]:
    """Name all keywords that must agree among exposures of a type in a group of any label."""
    found: dict[str, None] = {}
    for request in requests:
        if letter in request.imtypes.counts:
            found |= dict.fromkeys(agreeing_keywords(request, letter, instrument))
    return tuple(found)


def agreeing_keywords(request: LabelRequest, letter: str, instrument: str) -> tuple[str, ...]:
    """Name the keywords that must agree among the exposures of one image type in a group of a label."""
    rule = mode_rule(request.imtypes, request.same.get(instrument, request.same.get("*", ())))
    return (*rule.common, *rule.own[letter])


def _needed(request: LabelRequest, letter: str) -> int:
    """Give how many exposures of a type a group of a label needs."""
    return (request.imtypes.counts[letter] or _LEAST) if letter in request.imtypes.counts else 0


def _too_few(cell: _Cell, least: int) -> str:
    number = len(cell.exposures)
    return (
        f"verify: nothing is held back of {number} {noun(cell.letter, number)} that can be tried, "
        f"{cell.mode}: {least} must remain to make a group"
    )

"""What came out of a match, for the report, HISTORY and warnings."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs_imaging.level_match.applying import in_pixels
from mkrefs_imaging.level_match.measuring import Survey
from mkrefs_imaging.level_match.parameters import LevelMatchParameters
from mkrefs_imaging.level_match.pieces import Piece, sky_of
from mkrefs_imaging.level_match.stages import Matched, Unit

Vector = NDArray[np.float64]
Results = dict[str, float | int | str | None]

# Units that HISTORY names; of more it gives the number.
_NAMED = 12
_SKYMATCH = (
    "In calwebb_image3 skymatch must be off, or global, from now on: another match would undo this one."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out.

    Attributes
    ----------
    roles : tuple of str
        Roles of the images.
    images : tuple of CalibratedImage
        The images.
    pieces : tuple of Piece
        Their pieces.
    survey : Survey
        The measured pairs.
    done : tuple of Matched
        What the stages did.
    mosaic : Matched
        The last of them.
    corrections : ndarray of float64, shape (npieces, 3)
        What is taken off each piece, local backgrounds included.
    levels : ndarray of float64, shape (npieces,)
        Local backgrounds in it.
    moved : set of int
        Pieces that were matched to any other.
    stripes : str
        What is to be said of stripes; empty for nothing.
    """

    roles: tuple[str, ...]
    images: tuple[CalibratedImage, ...]
    pieces: tuple[Piece, ...]
    survey: Survey
    done: tuple[Matched, ...]
    mosaic: Matched
    corrections: Vector
    levels: Vector
    moved: Set[int]
    stripes: str = ""


@dataclass(frozen=True, slots=True)
class GroupReport:
    """What is told of the group."""

    results: Mapping[str, Any]
    history: tuple[str, ...]
    warnings: tuple[str, ...]


def image_report(outcome: Outcome, number: int) -> tuple[Results, tuple[str, ...]]:
    """Give the results and the HISTORY of one image.

    Parameters
    ----------
    outcome : Outcome
        What came out.
    number : int
        Number of the image.

    Returns
    -------
    results : dict
        By part of the image where there are several.
    history : tuple of str
    """
    image = outcome.images[number]
    mine = [place for place, piece in enumerate(outcome.pieces) if piece.image == number]
    results: Results = {"tile": outcome.pieces[mine[0]].tile.pointing}
    history = []
    unit = image.unit
    blank = " " if unit else ""
    for place in mine:
        part = outcome.pieces[place].tile.part
        before = f"{part} " if part else ""
        pairs = sum(place in pair for pair in outcome.survey.measured.pairs)
        shape = (image.shape[0], image.shape[1])
        level, along_x, along_y = in_pixels(
            outcome.corrections[place], sky_of(image), outcome.survey.plane, shape
        )
        results |= {f"{before}pairs": pairs, f"{before}level{_in(unit)}": level}
        said = f"{before}level {level:.6g}{blank}{unit}"
        if outcome.corrections[place, 1:].any():
            results |= {
                f"{before}slope_x{_in(unit, '/pixel')}": along_x,
                f"{before}slope_y{_in(unit, '/pixel')}": along_y,
            }
            said += f", slopes {along_x:.4g} along x and {along_y:.4g} along y{blank}{unit} per pixel"
        if place in outcome.moved:
            history.append(f"Taken off: {said}, by {pairs} overlaps.")
        else:
            history.append(f"{before.capitalize()}unchanged: no overlap with another image could be used.")
    return results, tuple(history)


def group_report(outcome: Outcome, parameters: LevelMatchParameters) -> GroupReport:
    """Give what is told of the whole group.

    Parameters
    ----------
    outcome : Outcome
        What came out.
    parameters : LevelMatchParameters
        What was asked for.

    Returns
    -------
    GroupReport
    """
    results = {
        "pairs": len(outcome.survey.measured.pairs),
        "row_noise": [float(noise) for noise in outcome.survey.measured.row_noise],
        "stages": [_stage(outcome, matched) for matched in outcome.done],
        "parts": _parts(outcome),
    }
    if not outcome.moved:
        text = "Nothing overlaps: the levels of the images are unchanged."
        return GroupReport(results, (text,), (text,))
    history = [_what_was_done(outcome, matched) for matched in outcome.done]
    history += [outcome.stripes] if outcome.stripes else []
    history += _about_zero(outcome, parameters)
    return GroupReport(results, (*history, _SKYMATCH), tuple(_warnings(outcome)))


def _in(unit: str, more: str = "") -> str:
    return f" ({unit}{more})" if unit else ""


def _name(outcome: Outcome, unit: Unit) -> str:
    """Name a unit by the roles of its images."""
    roles = [outcome.roles[outcome.pieces[piece].image] for piece in unit.pieces]
    part = {outcome.pieces[piece].tile.part for piece in unit.pieces}
    named = "+".join(dict.fromkeys(roles))
    return f"{named} {part.pop()}" if len(part) == 1 and part != {""} else named


def _stage(outcome: Outcome, matched: Matched) -> dict[str, Any]:
    """Give the pairs and corrections of one group of one stage, as JSON can hold them."""
    names = [_name(outcome, unit) for unit in matched.units]
    solution = matched.solution
    left = iter(solution.residuals.tolist() if solution else [])
    pairs = [
        {
            "first": names[pair.first],
            "second": names[pair.second],
            "delta": pair.value.tolist(),
            "npix": pair.npix,
            "rms": pair.rms,
            "kept": verdict.kept,
            "verdict": str(verdict),
            "left": next(left) if verdict.kept else None,
        }
        for pair, verdict in zip(matched.pairs, matched.verdicts, strict=True)
    ]
    corrections = solution.corrections.tolist() if solution else [None] * len(names)
    errors = [np.sqrt(block[0, 0]) for block in solution.errors] if solution else [None] * len(names)
    units = [
        {
            "unit": name,
            "correction": correction,
            "error": None if error is None else float(error),
            "part": names[part],
        }
        for name, correction, error, part in zip(names, corrections, errors, matched.parts, strict=True)
    ]
    return {
        "stage": matched.stage.name,
        "fit_type": matched.stage.fit_type,
        "references": [names[unit] for unit in matched.references],
        "units": units,
        "pairs": pairs,
        "excess": solution.excess if solution else None,
        "iterations": solution.iterations if solution else 0,
        "converged": solution.converged if solution else None,
    }


def _parts(outcome: Outcome) -> list[list[str]]:
    """Give the units that hang together."""
    mosaic = outcome.mosaic
    return [
        [_name(outcome, unit) for unit, one in zip(mosaic.units, mosaic.parts, strict=True) if one == part]
        for part in sorted(set(mosaic.parts))
    ]


def _what_was_done(outcome: Outcome, matched: Matched) -> str:
    names = ", ".join(_name(outcome, unit) for unit in matched.units)
    if len(matched.units) > _NAMED:
        names = f"{len(matched.units)} units"
    used = sum(verdict.kept for verdict in matched.verdicts)
    what = "planes" if matched.stage.fit_type == "level+slope" else "levels"
    if matched.solution is None:
        return f"Stage {matched.stage.name}: {names} share no overlap that could be used."
    before = _rms([pair.value[0] for pair, verdict in _with_verdicts(matched) if verdict])
    after = _rms(matched.solution.residuals[:, 0].tolist())
    zero = [_name(outcome, matched.units[unit]) for unit in matched.references]
    about = f"relative to {', '.join(zero)}" if zero else "about their mean"
    return (
        f"Stage {matched.stage.name}: {what} of {names} {about}, by {used} of {len(matched.pairs)} overlaps; "
        f"their differences were {before:.3g} rms and are {after:.3g}."
    )


def _with_verdicts(matched: Matched) -> list[tuple[Any, bool]]:
    return [(pair, verdict.kept) for pair, verdict in zip(matched.pairs, matched.verdicts, strict=True)]


def _rms(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _about_zero(outcome: Outcome, parameters: LevelMatchParameters) -> list[str]:
    if not parameters.do_local_subtraction:
        return []
    if parameters.fit_type_dithers != "level":
        return ["No local background was taken off: that is not done with planes between dithers."]
    levels = sorted({float(level) for level in outcome.levels[sorted(outcome.moved)]})
    said = ", ".join(f"{level:.6g}" for level in levels)
    return [f"The local background of the reference, {said}, was taken off all that is matched to it."]


def _warnings(outcome: Outcome) -> list[str]:
    told = []
    parts = _parts(outcome)
    if len(parts) > 1:
        said = "; ".join(", ".join(part) for part in parts)
        told.append(
            f"The images fall into {len(parts)} parts that do not overlap; each is matched by itself: {said}."
        )
    alone = [
        outcome.roles[outcome.pieces[place].image] + (f" {outcome.pieces[place].tile.part}".rstrip())
        for place in range(len(outcome.pieces))
        if place not in outcome.moved and place in _numbers(outcome)
    ]
    if alone:
        told.append(f"{', '.join(alone)} overlap no other image and are unchanged.")
    told += [
        f"Stage {matched.stage.name} has not converged after {matched.solution.iterations} solutions; give a "
        "larger n_iter."
        for matched in outcome.done
        if matched.solution is not None and not matched.solution.converged
    ]
    return told


def _numbers(outcome: Outcome) -> set[int]:
    """Give the pieces that took part."""
    return {piece for unit in outcome.mosaic.units for piece in unit.pieces}

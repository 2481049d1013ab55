"""The stages of the match: dithers, Lyot part, chips, tiles; each makes units of what it matched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.level_match.pieces import Piece
from mkrefs_imaging.level_match.reference import choose_reference
from mkrefs_imaging.level_match.selection import Verdict, connected, judge
from mkrefs_imaging.level_match.settings import FitType, coefficients
from mkrefs_imaging.level_match.solver import Solution, SolverSettings, solve
from mkrefs_imaging.level_match.tiles import Tile, is_short_chip, module, whole
from mkrefs_imaging.level_match.unit_pairs import PiecePairs, UnitPair, unit_pairs

Vector = NDArray[np.float64]

_MOSAIC = Tile("mosaic", "")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name : str
        ``dithers``, ``lyot``, ``nircam_short`` or ``mosaic``.
    fit_type : {"level", "level+slope"}
        What is fitted.
    group : callable
        Gives the tile that a unit's tile becomes part of; None leaves the unit alone.
    """

    name: str
    fit_type: FitType
    group: Callable[[Tile], Tile | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """Pieces that move together.

    Attributes
    ----------
    pieces : tuple of int
        Their numbers, ascending.
    tile : Tile
        What they make.
    """

    pieces: tuple[int, ...]
    tile: Tile


@dataclass(frozen=True, slots=True)
class Matched:
    """What a stage made of the units of one group.

    Attributes
    ----------
    stage : Stage
        The stage.
    units : tuple of Unit
        What was matched.
    pairs : tuple of UnitPair
        All that overlap.
    verdicts : tuple of Verdict
        Which were used.
    parts : tuple of int
        For each unit the lowest number of those it is connected with.
    references : tuple of int
        Units that are zero by choice; empty where the mean correction is.
    solution : Solution or None
        None if no pair was used.
    """

    stage: Stage
    units: tuple[Unit, ...]
    pairs: tuple[UnitPair, ...]
    verdicts: tuple[Verdict, ...]
    parts: tuple[int, ...]
    references: tuple[int, ...]
    solution: Solution | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the stages work on.

    Attributes
    ----------
    pieces : sequence of Piece
        All pieces.
    pairs : mapping of (int, int) to Pair
        Their differences.
    distances : sequence of float
        For each piece, how far in time it is from dedicated backgrounds.
    row_noise : ndarray of float64, shape (npieces,)
        Standard deviation of the noise that rows of amplifiers share.
    cells : sequence of int
        For each piece, where its rows of amplifiers begin among those of all images.
    """

    pieces: Sequence[Piece]
    pairs: PiecePairs
    distances: Sequence[float]
    row_noise: Vector
    cells: Sequence[int]


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How pairs are selected and solved, and which image is the reference; names as those of parameters."""

    solver: SolverSettings = field(default_factory=SolverSettings)
    min_area_percent: float = 0.002
    rms_sig_limit: float = 2.0
    ref_idx: int | None = None


def planned_stages(
    fit_types: dict[str, FitType], *, recombine_lyot: bool, combine_nircam_short: bool
) -> list[Stage]:
    """Give the stages in their order.

    Parameters
    ----------
    fit_types : dict of str to str
        What is fitted in each stage, by its name.
    recombine_lyot, combine_nircam_short : bool
        Whether there are these stages.

    Returns
    -------
    list of Stage
    """
    stages = [Stage("dithers", fit_types["dithers"], lambda tile: tile)]
    if recombine_lyot:
        stages.append(Stage("lyot", fit_types["lyot"], lambda tile: whole(tile) if tile.part else None))
    if combine_nircam_short:
        stages.append(
            Stage(
                "nircam_short",
                fit_types["nircam_short"],
                lambda tile: module(tile) if is_short_chip(tile.detector) else None,
            )
        )
    return [*stages, Stage("mosaic", fit_types["mosaic"], lambda _tile: _MOSAIC)]


def match(
    stages: Sequence[Stage], numbers: Sequence[int], measured: Measured, settings: StageSettings
) -> tuple[Vector, list[Matched], Matched]:
    """Run the stages.

    Parameters
    ----------
    stages : sequence of Stage
        In their order.
    numbers : sequence of int
        The pieces that take part.
    measured : Measured
        Pieces and their differences.
    settings : StageSettings
        How pairs are selected and solved.

    Returns
    -------
    corrections : ndarray of float64, shape (npieces, 3)
        Constant and slopes, in the common coordinates, that are to be taken off each piece.
    list of Matched
        What was done, group by group.
    Matched
        The last of the groups, which is the mosaic.
    """
    corrections = np.zeros((len(measured.pieces), 3))
    units = [Unit((number,), measured.pieces[number].tile) for number in numbers]
    done = []
    for stage in stages:
        kept: list[Unit] = []
        groups: dict[Tile, list[Unit]] = {}
        for unit in units:
            tile = stage.group(unit.tile)
            if tile is None:
                kept.append(unit)
            else:
                groups.setdefault(tile, []).append(unit)
        for tile, members in groups.items():
            matched = _match_group(stage, members, corrections, measured, settings)
            if len(members) > 1:
                done.append(matched)
            kept += _merged(matched, tile)
        units = sorted(kept, key=lambda unit: unit.pieces)
    return corrections, done, matched


def _match_group(
    stage: Stage, units: Sequence[Unit], corrections: Vector, measured: Measured, settings: StageSettings
) -> Matched:
    """Match the units of a group, and add what comes out to the corrections of their pieces."""
    size = coefficients(stage.fit_type)
    pairs = unit_pairs([unit.pieces for unit in units], measured.pairs, corrections, size)
    verdicts = judge(
        pairs, len(units), min_area_percent=settings.min_area_percent, rms_sig_limit=settings.rms_sig_limit
    )
    used = [pair for pair, verdict in zip(pairs, verdicts, strict=True) if verdict.kept]
    parts = connected(len(units), [(pair.first, pair.second) for pair in used])
    references = _references(stage, units, used, parts, measured, settings)
    matched = Matched(stage, tuple(units), tuple(pairs), tuple(verdicts), tuple(parts), references, None)
    if not used:
        return matched
    noise, cells = measured.row_noise, measured.cells
    solution = solve(used, len(units), references or sorted(set(parts)), settings.solver, noise, cells)
    if not references:
        solution = replace(solution, corrections=_about_mean(solution.corrections, parts))
    for unit, correction in zip(units, solution.corrections, strict=True):
        corrections[list(unit.pieces), :size] += correction
    return replace(matched, solution=solution)


def _about_mean(corrections: Vector, parts: Sequence[int]) -> Vector:
    """Make the mean correction of each part zero."""
    centred = corrections.copy()
    for part in set(parts):
        members = [unit for unit, one in enumerate(parts) if one == part]
        centred[members] -= corrections[members].mean(axis=0)
    return centred


def _references(
    stage: Stage,
    units: Sequence[Unit],
    used: Sequence[UnitPair],
    parts: Sequence[int],
    measured: Measured,
    settings: StageSettings,
) -> tuple[int, ...]:
    """Choose the unit of each part that is not corrected; none where the mean is to be zero."""
    if stage.name not in ("lyot", "mosaic"):
        return ()
    counts: dict[int, int] = {}
    for pair in used:
        for unit in (pair.first, pair.second):
            counts[unit] = counts.get(unit, 0) + 1
    distances = {number: _distance(stage, unit, measured, settings) for number, unit in enumerate(units)}
    chosen = []
    for part in sorted(set(parts)):
        members = [unit for unit, one in enumerate(parts) if one == part]
        chosen.append(choose_reference(members, counts, distances))
    return tuple(chosen)


def _distance(stage: Stage, unit: Unit, measured: Measured, settings: StageSettings) -> float:
    """Tell how far a unit is from being the reference by rule; infinite where no rule speaks for it."""
    if stage.name == "lyot":
        return float("inf") if unit.tile.part == "lyot" else 0.0
    if settings.ref_idx is not None and any(
        measured.pieces[piece].image == settings.ref_idx for piece in unit.pieces
    ):
        return -1.0
    return min(measured.distances[piece] for piece in unit.pieces)


def _merged(matched: Matched, tile: Tile) -> list[Unit]:
    """Make one unit of those that are connected."""
    found: dict[int, list[int]] = {}
    for unit, part in zip(matched.units, matched.parts, strict=True):
        found.setdefault(part, []).extend(unit.pieces)
    tiles = {part: tile if len(set(matched.parts)) == 1 else matched.units[part].tile for part in found}
    return [Unit(tuple(sorted(pieces)), tiles[part]) for part, pieces in found.items()]

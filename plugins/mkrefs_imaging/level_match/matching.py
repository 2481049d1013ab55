"""The whole match of a group of images: measure all pairs, run the stages, take off what came out."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages
from mkrefs.stacks import side_by_side
from mkrefs_imaging.level_match.applying import correction_of
from mkrefs_imaging.level_match.background import local_backgrounds, parts_of
from mkrefs_imaging.level_match.figures import FigureSettings
from mkrefs_imaging.level_match.lyot import lyot_region
from mkrefs_imaging.level_match.measuring import survey
from mkrefs_imaging.level_match.outcome import Outcome, group_report, image_report
from mkrefs_imaging.level_match.pairs import PairSettings
from mkrefs_imaging.level_match.parameters import LevelMatchParameters
from mkrefs_imaging.level_match.pieces import PieceArrays, SourceMasking, divide, sky_of
from mkrefs_imaging.level_match.reference import is_background
from mkrefs_imaging.level_match.settings import FitType
from mkrefs_imaging.level_match.solver import SolverSettings
from mkrefs_imaging.level_match.stages import StageSettings, match, planned_stages
from mkrefs_imaging.level_match.stripes import (
    KEPT_OUT,
    TOO_MANY,
    find_stripes,
    fit_in_memory,
    stripes_matter,
)

Vector = NDArray[np.float64]


def match_images(images: Mapping[str, CalibratedImage], parameters: LevelMatchParameters) -> CorrectedImages:
    """Match the levels of images.

    Parameters
    ----------
    images : mapping of str to CalibratedImage
        Images of exposures in one unit, with a way to the sky, by role.
    parameters : LevelMatchParameters
        What the section of the label sets.

    Returns
    -------
    CorrectedImages
        Dedicated backgrounds and images that overlap no other are as they were.
    """
    inputs = tuple(images.values())
    fit_types = _fit_types(parameters)
    masking = _masking(parameters)
    pieces = divide(inputs, lyot=parameters.recombine_lyot)
    arrays = PieceArrays(inputs, pieces, masking if parameters.do_sigma_clip else None)
    numbers = _taking_part(inputs, [piece.image for piece in pieces])
    said = ""
    if parameters.joint_stripes and _striped(arrays, numbers):
        said = KEPT_OUT if fit_in_memory(inputs) else TOO_MANY
    if said == KEPT_OUT:
        keep_planes = "level+slope" in fit_types.values()
        arrays = _without_stripes(arrays, numbers, keep_planes=keep_planes)
    drawing = FigureSettings(parameters.max_points, inputs[0].unit) if parameters.plot else None
    found = survey(inputs, arrays, numbers, _pair_settings(parameters, fit_types), drawing)
    stages = planned_stages(
        fit_types,
        recombine_lyot=parameters.recombine_lyot,
        combine_nircam_short=parameters.combine_nircam_short,
    )
    corrections, done, mosaic = match(stages, numbers, found.measured, _stage_settings(parameters))
    parts = parts_of(mosaic)
    local = parameters.do_local_subtraction and parameters.fit_type_dithers == "level"
    levels = local_backgrounds(parts, corrections, arrays, found, masking) if local else np.zeros(len(pieces))
    corrections[:, 0] += levels
    moved = {piece for _, members in parts for piece in members}
    outcome = Outcome(
        tuple(images), inputs, tuple(pieces), found, tuple(done), mosaic, corrections, levels, moved, said
    )
    report = group_report(outcome, parameters)
    return CorrectedImages(
        dict(zip(images, side_by_side(partial(_corrected, outcome), range(len(images))), strict=True)),
        results=report.results,
        history=report.history,
        warnings=report.warnings,
        figures=found.figures,
    )


def _striped(arrays: PieceArrays, numbers: Sequence[int]) -> bool:
    """Tell whether stripes move the levels of most overlaps; pieces of divided images are left alone."""
    pieces = [arrays.pieces[number] for number in numbers]
    if len(pieces) < 2 or any(piece.tile.part for piece in pieces):
        return False
    striped = side_by_side(
        lambda number: stripes_matter(arrays.marked(number), arrays.images[arrays.pieces[number].image]),
        numbers,
    )
    return 2 * sum(striped) > len(striped)


def _without_stripes(arrays: PieceArrays, numbers: Sequence[int], *, keep_planes: bool) -> PieceArrays:
    taking_part = [arrays.pieces[number].image for number in numbers]
    found = find_stripes([arrays.images[image] for image in taking_part], keep_planes=keep_planes)
    by_image = dict(zip(taking_part, found, strict=True))
    nothing = np.zeros((1, 1), dtype=np.float32)
    every = [by_image.get(number, nothing) for number in range(len(arrays.images))]
    return PieceArrays(arrays.images, arrays.pieces, arrays.masking, every)


def _corrected(outcome: Outcome, number: int) -> CorrectedImage:
    """Take the corrections of its pieces off an image."""
    image = outcome.images[number]
    results, history = image_report(outcome, number)
    mine = [place for place, piece in enumerate(outcome.pieces) if piece.image == number]
    changed = [place for place in mine if outcome.corrections[place].any()]
    if not changed:
        return CorrectedImage(results=results, history=history)
    shape = (image.shape[0], image.shape[1])
    data = image.array("data")
    corrected = np.array(data)
    for place in changed:
        off = correction_of(outcome.corrections[place], sky_of(image), outcome.survey.plane, shape)
        part = outcome.pieces[place].tile.part
        if part:
            region = lyot_region(shape) == (part == "lyot")
            corrected[region] = (data - off)[region]
        else:
            np.subtract(data, off, out=corrected)
    return CorrectedImage({"data": corrected}, results=results, history=history)


def _taking_part(images: Sequence[CalibratedImage], image_of: Sequence[int]) -> list[int]:
    """Give the pieces that are matched: dedicated backgrounds only if there is nothing else."""
    science = [number for number, image in enumerate(image_of) if not is_background(images[image])]
    return science or list(range(len(image_of)))


def _fit_types(parameters: LevelMatchParameters) -> dict[str, FitType]:
    return {
        "dithers": parameters.fit_type_dithers,
        "lyot": parameters.fit_type_recombine_lyot,
        "nircam_short": parameters.fit_type_combine_nircam_short,
        "mosaic": parameters.fit_type_mosaic_tiles,
    }


def _masking(parameters: LevelMatchParameters) -> SourceMasking:
    return SourceMasking(parameters.sigma, parameters.npixels, parameters.dilate_size, parameters.max_iters)


def _pair_settings(parameters: LevelMatchParameters, fit_types: Mapping[str, FitType]) -> PairSettings:
    unused = set()
    if not parameters.recombine_lyot:
        unused.add("lyot")
    if not parameters.combine_nircam_short:
        unused.add("nircam_short")
    return PairSettings(
        slopes=any(kind == "level+slope" for name, kind in fit_types.items() if name not in unused),
        cells=parameters.correlated_noise,
        sigma=parameters.sigma,
        maxiters=parameters.maxiters,
        plane_fit_maxiters=parameters.plane_fit_maxiters,
        plane_fit_abs_tol=parameters.plane_fit_abs_tol,
        plane_fit_rel_tol=parameters.plane_fit_rel_tol,
        min_linear_frac=parameters.min_linear_frac,
        reproject_func=parameters.reproject_func,
    )


def _stage_settings(parameters: LevelMatchParameters) -> StageSettings:
    solver = SolverSettings(
        weight_method=parameters.weight_method,
        correlated_noise=parameters.correlated_noise,
        n_draws=parameters.n_draws,
        n_iter=parameters.n_iter,
        convergence_abs_tol=parameters.convergence_abs_tol,
        convergence_rel_tol=parameters.convergence_rel_tol,
    )
    return StageSettings(solver, parameters.min_area_percent, parameters.rms_sig_limit, parameters.ref_idx)

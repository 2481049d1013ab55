"""What came out of a destriping: the corrected images, and what is told of them."""

from collections.abc import Mapping

import numpy as np

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, Figure
from mkrefs.stacks import side_by_side
from mkrefs_imaging.multi_tile_destripe.destripe import Destriped, TileStripes
from mkrefs_imaging.multi_tile_destripe.figures import stripe_figures
from mkrefs_imaging.multi_tile_destripe.inputs import Inputs
from mkrefs_imaging.multi_tile_destripe.parameters import MultiTileDestripeParameters
from mkrefs_imaging.multi_tile_destripe.tiles import Tile


def corrected_images(
    images: Mapping[str, CalibratedImage],
    inputs: Inputs,
    found: Destriped,
    parameters: MultiTileDestripeParameters,
) -> CorrectedImages:
    """Take the stripes off the images, and say what was done.

    Parameters
    ----------
    images : mapping of str to CalibratedImage
        By role.
    inputs : Inputs
        The tiles made of them.
    found : Destriped
        What was found of each tile.
    parameters : MultiTileDestripeParameters
        What the section of the label sets.

    Returns
    -------
    CorrectedImages
        An image that was compared with no other is not among them: it stays as it is.
    """
    figures: dict[str, Figure] = {}
    every = dict(zip(images, zip(images.values(), inputs.tiles, found.tiles, strict=True), strict=True))
    compared = {role: each for role, each in every.items() if each[2].compared}
    alone = [image.name for role, image in images.items() if role not in compared]
    corrected = side_by_side(lambda each: _corrected(*each), compared.values())
    made = dict(zip(compared, corrected, strict=True))
    for role, each in compared.items() if parameters.plot else ():
        figures |= stripe_figures(role, *each)
    if not made:
        text = "No two images could be compared: no stripes were taken off."
        return CorrectedImages({}, {"images_corrected": 0}, (text,), (text, *inputs.warnings))
    warnings = [f"{name} could be compared with no other image: it keeps its stripes." for name in alone]
    if found.converged is False:
        warnings.append(
            f"The destriping did not converge in {len(found.changes) + 1} passes: in the last one an offset "
            f"changed by {found.changes[-1]:.2g} of its error."
        )
    results = {
        "images_corrected": len(made),
        "stripes common to the amplifiers": found.common,
        "stripes of each amplifier": found.own,
        "noise of a pixel of weight 1": found.noise,
        "largest changes (sigma)": [float(change) for change in found.changes],
    }
    history = (*_group_history(found, parameters), *inputs.notes)
    return CorrectedImages(made, results, history, (*warnings, *inputs.warnings), figures)


def _corrected(image: CalibratedImage, tile: Tile, stripes: TileStripes) -> CorrectedImage:
    pattern = stripes.pattern + np.float32(stripes.level)
    data = image.array("data") - (pattern.T if tile.turned else pattern)
    unit = f" ({image.unit})" if image.unit else ""
    removed = float(np.sqrt(np.mean(stripes.rows**2)))
    results: dict[str, float | int | str | None] = {
        f"stripe rms removed{unit}": removed,
        f"expected error of rows compared{unit}": stripes.error,
        f"expected error of other rows{unit}": stripes.open_error,
        "rows without data to compare": stripes.uncompared,
        "rows": int(stripes.rows.size),
        "pixels masked (%)": 100 * stripes.masked,
        "images compared with": stripes.others,
    }
    history = [
        f"Stripes of {removed:.4g} rms{unit} along {'columns' if tile.turned else 'rows'} were taken off "
        f"{_counted(tile.amplifiers, 'amplifier')} by comparison with {_counted(stripes.others, 'image')}; "
        f"expected error {stripes.error:.2g} rms."
    ]
    if stripes.uncompared:
        history.append(
            f"{stripes.uncompared} of {stripes.rows.size} rows of amplifiers have no pixel to compare: "
            "theirs follow from other amplifiers and the rows around."
        )
    if stripes.level:
        results[f"level{unit}"] = stripes.level
        history.append(f"A level of {stripes.level:.6g}{unit} was taken off.")
    return CorrectedImage(
        {"data": data.astype(np.float32, copy=False)}, results=results, history=tuple(history)
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _group_history(found: Destriped, parameters: MultiTileDestripeParameters) -> tuple[str, ...]:
    kept = "mean" if parameters.conserve == "level" else "mean and slope along the slow axis"
    lines = [
        f"Stripes by a joint solution of the differences of all overlapping images, {len(found.changes) + 1} "
        f"passes; stripes common to the amplifiers of a row have {found.common:.3g} rms, those of each "
        f"{found.own:.3g}."
    ]
    if not parameters.do_level_match:
        lines.append(f"The {kept} of each image over its usable pixels stayed as it was.")
    if parameters.do_large_scale:
        lines.append("Ripples that no difference shows were taken off where the sky is empty.")
    if parameters.do_vertical_subtraction:
        lines.append("Stripes across were taken off too.")
    if parameters.apply_to_unflat:
        lines.append("Stripes were taken off before the division by the flat field.")
    return tuple(lines)

"""The response of the pixels from a stack: sources, sky and flat in turn, until they agree."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs.stacks import side_by_side
from mkrefs_imaging.masks import source_mask
from mkrefs_imaging.sky_flat.combination import Response, combine_images, median_response, normalised
from mkrefs_imaging.sky_flat.parameters import SkyFlatParameters
from mkrefs_imaging.sky_flat.scene import fit_scene, image_blocks
from mkrefs_imaging.sky_flat.sky import MASK_PASSES, MappedSky, PlaneSky, measure_sky
from mkrefs_imaging.sky_flat.stack import Stack
from mkrefs_imaging.statistics.clipped import clipped_statistics

Image = NDArray[np.float64]

_CLIP_SIGMA, _CLIP_PASSES = 3.0, 10
# Images that scatter by their errors to so much leave nothing for a scene to explain.
_AS_EXPECTED = 0.03
# A scene is believed if the scatter about it is so much smaller.
_BETTER = 0.97


def measure_response(
    stack: Stack, skies: Sequence[SkyTransform | None], parameters: SkyFlatParameters
) -> Response | None:
    """Measure the response of the pixels.

    Parameters
    ----------
    stack : Stack
        Images of the sky without a flat field.
    skies : sequence of SkyTransform or None
        The way to the sky of each.
    parameters : SkyFlatParameters
        The choices made.

    Returns
    -------
    Response or None
        Of the images whose sky is bright enough; None if there is none.
    """
    guess = _first_guess(stack, parameters)
    simple = _with_single_skies(stack, guess, parameters)
    known = [sky for sky in skies if sky is not None]
    if simple is None or parameters.sky_model in ("level", "plane") or len(known) < len(skies):
        return simple
    if parameters.sky_model == "auto" and abs(simple.scale - 1) < _AS_EXPECTED:
        return simple
    scene = _with_a_scene(stack, simple.images, known, guess, parameters)
    if parameters.sky_model == "scene" or scene.scale < _BETTER * simple.scale:
        return scene
    return simple


def _first_guess(stack: Stack, parameters: SkyFlatParameters) -> Image:
    """Give a flat to look for sources with: one that was undone, or else the median of all images."""
    if stack.first_flat is not None:
        return normalised(stack.first_flat.astype(np.float64))
    uniform = np.ones(stack.values.shape[1:])
    images, sky = _single_skies(stack, uniform, parameters)
    return normalised(median_response(stack, images, sky, uniform)) if images.size else uniform


def _with_single_skies(stack: Stack, guess: Image, parameters: SkyFlatParameters) -> Response | None:
    """Take each image's sky from itself."""
    images, sky = _single_skies(stack, guess, parameters)
    if not images.size:
        return None
    flat = normalised(median_response(stack, images, sky, guess))
    model = "plane" if parameters.sky_model == "plane" else "level"
    found = combine_images(stack, images, sky, flat, model=model, parameters=parameters)
    for _ in range(parameters.iterations - 1):
        images, sky = _single_skies(stack, found.flat, parameters)
        if not images.size:
            return None
        found = combine_images(stack, images, sky, found.flat, model=model, parameters=parameters)
    return found


def _single_skies(
    stack: Stack, flat: Image, parameters: SkyFlatParameters
) -> tuple[NDArray[np.intp], tuple[PlaneSky, ...]]:
    """Measure the sky of each image; give those that are bright enough."""

    def measure(values: NDArray[np.float32]) -> PlaneSky:
        return measure_sky(
            _divided(values, flat),
            sigma=parameters.sigma,
            npixels=parameters.npixels,
            dilate_size=parameters.dilate_size,
            smooth_size=parameters.smooth_size,
            plane=parameters.sky_model == "plane",
        )

    found = {
        place: sky
        for place, sky in enumerate(side_by_side(measure, stack.values))
        if sky.level > 0 and sky.level >= parameters.minimum_signal * sky.scatter
    }
    return np.array(list(found), dtype=np.intp), tuple(found.values())


def _with_a_scene(
    stack: Stack,
    images: NDArray[np.intp],
    skies: Sequence[SkyTransform],
    guess: Image,
    parameters: SkyFlatParameters,
) -> Response:
    """Take the sky of the images from the scene that they share."""
    none = [np.full(guess.shape, np.nan)] * images.size
    found = _scene_in_turn(stack, images, skies, guess, none, parameters)
    for _ in range(parameters.iterations - 1):
        light = [sky.image() for sky in found.sky]
        found = _scene_in_turn(stack, images, skies, found.flat, light, parameters)
    return found


def _scene_in_turn(
    stack: Stack,
    images: NDArray[np.intp],
    skies: Sequence[SkyTransform],
    flat: Image,
    light: Sequence[NDArray[np.floating]],
    parameters: SkyFlatParameters,
) -> Response:
    """Find sources about the last scene, then scene and change of the flat, and then the flat."""
    sources, blocks = [], []
    for place, last in zip(images, light, strict=True):
        flattened = _divided(stack.values[place], flat)
        sources.append(_sources(flattened - last, parameters))
        blocks.append(image_blocks(flattened, ~sources[-1], parameters.scene_size))
    nrows, ncols = flat.shape
    scene = fit_scene(
        blocks,
        [skies[place] for place in images],
        shape=(nrows, ncols),
        size=parameters.scene_size,
        level=float(np.median(np.concatenate([each.value for each in blocks]))),
    )
    changed = flat * scene.change
    mapped = [
        _mapped(_divided(stack.values[place], changed), seen, mask)
        for place, seen, mask in zip(images, scene.images, sources, strict=True)
    ]
    return combine_images(stack, images, mapped, changed, model="scene", parameters=parameters)


def _sources(residual: Image, parameters: SkyFlatParameters) -> NDArray[np.bool_]:
    """Mark what stands out of the scene; as long as there is none, nothing."""
    return source_mask(
        residual,
        np.isfinite(residual),
        sigma=parameters.sigma,
        npixels=parameters.npixels,
        dilate_size=parameters.dilate_size,
        max_iters=MASK_PASSES,
    )


def _mapped(flattened: Image, light: NDArray[np.float32], sources: NDArray[np.bool_]) -> MappedSky:
    residual = flattened - light
    used = np.isfinite(residual) & ~sources
    found = clipped_statistics(residual[used], sigma=_CLIP_SIGMA, max_iters=_CLIP_PASSES)
    level = float(np.median(light[used])) if used.any() else float("nan")
    return MappedSky(light, level, found.scatter, sources)


def _divided(values: NDArray[np.float32], flat: Image) -> Image:
    with np.errstate(invalid="ignore"):
        return np.asarray(values / flat, dtype=np.float64)

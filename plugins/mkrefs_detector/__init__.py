"""The official detector plugin: algorithms for detector reference files, the standard combiners, and checks.

Importing it is light: what computes is imported when it is first used.
"""

from collections.abc import Sequence

from mkrefs.api import Check, Combiner, Creator, hookimpl


@hookimpl
def mkrefs_creators() -> Sequence[type[Creator]]:
    """Give the creators of this plugin."""
    from mkrefs_detector.bad_pixel_mask.creator import BadPixelMaskCreator
    from mkrefs_detector.bad_pixel_mask.darks.creator import BadpixFromDarksCreator
    from mkrefs_detector.bad_pixel_mask.flats.creator import BadpixFromFlatsCreator
    from mkrefs_detector.dark.creator import DarkCreator
    from mkrefs_detector.gain.creator import GainCreator
    from mkrefs_detector.readnoise.creator import ReadnoiseCreator
    from mkrefs_detector.superbias.creator import SuperbiasCreator

    return (
        BadPixelMaskCreator,
        BadpixFromDarksCreator,
        BadpixFromFlatsCreator,
        DarkCreator,
        GainCreator,
        ReadnoiseCreator,
        SuperbiasCreator,
    )


@hookimpl
def mkrefs_combiners() -> Sequence[type[Combiner]]:
    """Give the combiners of this plugin."""
    from mkrefs_detector.combiners.majority import MajorityCombiner
    from mkrefs_detector.combiners.mean import MeanCombiner
    from mkrefs_detector.combiners.median import MedianCombiner
    from mkrefs_detector.combiners.sigma_clipped_mean import SigmaClippedMeanCombiner
    from mkrefs_detector.combiners.weighted import WeightedCombiner

    return (MajorityCombiner, MeanCombiner, MedianCombiner, SigmaClippedMeanCombiner, WeightedCombiner)


@hookimpl
def mkrefs_checks() -> Sequence[type[Check]]:
    """Give the checks of this plugin."""
    from mkrefs_detector.checks.coefficients import Coefficients, Kernel
    from mkrefs_detector.checks.content import Content
    from mkrefs_detector.checks.dates import Dates
    from mkrefs_detector.checks.dq_table import DqDefinition
    from mkrefs_detector.checks.flags import DqPolicy, Flagged, ReferencePixels
    from mkrefs_detector.checks.groups import Groups
    from mkrefs_detector.checks.level import Range, Sign, Unit
    from mkrefs_detector.checks.read_out import Axes, ReadPattern, Subarray
    from mkrefs_detector.checks.selection import Selection
    from mkrefs_detector.checks.shape import Shape
    from mkrefs_detector.checks.uncertainty import Uncertainty
    from mkrefs_detector.checks.values import Finite, Uniform

    values = (Content, Finite, Unit, Range, Sign, Uniform, Uncertainty, Coefficients, Kernel, Groups)
    places = (Selection, Axes, ReadPattern, Subarray, Shape, Dates)
    return (*values, *places, DqDefinition, DqPolicy, Flagged, ReferencePixels)

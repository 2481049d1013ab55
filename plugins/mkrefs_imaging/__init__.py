"""The official imaging plugin: corrections of calibrated images, and what reference files are made of them.

Importing it is light: what computes is imported when it is first used.
"""

from collections.abc import Sequence

from mkrefs.api import AnyCreator, ImageCorrection, hookimpl


@hookimpl
def mkrefs_corrections() -> Sequence[type[ImageCorrection]]:
    """Give the corrections of this plugin."""
    from mkrefs_imaging.align_frames.correction import AlignFramesCorrection
    from mkrefs_imaging.fix_bad_pixels.correction import FixBadPixelsCorrection
    from mkrefs_imaging.level_match.correction import LevelMatchCorrection
    from mkrefs_imaging.multi_tile_destripe.correction import MultiTileDestripeCorrection
    from mkrefs_imaging.outlier_detection.correction import OutlierDetectionCorrection
    from mkrefs_imaging.pad_frames.correction import PadFramesCorrection
    from mkrefs_imaging.recenter_frames.correction import RecenterFramesCorrection
    from mkrefs_imaging.replace_nans.correction import ReplaceNansCorrection
    from mkrefs_imaging.subtract_background.correction import SubtractBackgroundCorrection
    from mkrefs_imaging.subtract_median.correction import SubtractMedianCorrection
    from mkrefs_imaging.update_nircam_centers.correction import UpdateNircamCentersCorrection

    return (
        AlignFramesCorrection,
        FixBadPixelsCorrection,
        LevelMatchCorrection,
        MultiTileDestripeCorrection,
        OutlierDetectionCorrection,
        PadFramesCorrection,
        RecenterFramesCorrection,
        ReplaceNansCorrection,
        SubtractBackgroundCorrection,
        SubtractMedianCorrection,
        UpdateNircamCentersCorrection,
    )


@hookimpl
def mkrefs_creators() -> Sequence[type[AnyCreator]]:
    """Give the creators of this plugin."""
    from mkrefs_imaging.sky_flat.creator import SkyFlatCreator

    return (SkyFlatCreator,)

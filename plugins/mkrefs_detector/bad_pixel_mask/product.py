"""The content of a mask file: flags of all searches, manual flags, reference pixels, and the report.

Interface, for a creator of a mask (see `mkrefs_detector.bad_pixel_mask.search` for `Search` and `Policy`)::

    reference, in_use = read_flags(ramps)  # reference pixels; flags of the mask in use (PIXELDQ)
    manual = manual_flags(parameters.manual_flag_file, metadata)
    data = make_mask([(search_of_flats, policy_of_flats), (search_of_darks, policy_of_darks)],
                     reference=reference, in_use=in_use, manual=manual, metadata=metadata, plot=True)

`make_mask` gives the whole `mkrefs.api.ReferenceData`: flags by mnemonic with DO_NOT_USE, HISTORY with a
population report per flag against the mask in use, extension UNKNOWN, and figures.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata, Figure, Map, Ramp, ReferenceData
from mkrefs_detector.bad_pixel_mask.irs2_frame import interleaves, raw_frames
from mkrefs_detector.bad_pixel_mask.population import report_population
from mkrefs_detector.bad_pixel_mask.search import DO_NOT_USE, BoolMap, DqMap, Policy, Search, flag_search
from mkrefs_detector.superbias.reference_map import map_reference_pixels

REFERENCE_PIXEL = "REFERENCE_PIXEL"
ANY = "ANY"
_NONE: Mapping[str, BoolMap] = MappingProxyType({})
# Values of the map of bad pixels.
_FLAGGED, _EXCLUDED = 1, 2


def read_flags(ramps: Sequence[Ramp]) -> tuple[BoolMap, DqMap]:
    """Read the reference pixels, and the flags of the mask in use, from the PIXELDQ of the inputs.

    Parameters
    ----------
    ramps : sequence of Ramp
        Calibrated ramps of one array size, at least one.

    Returns
    -------
    reference : ndarray of bool, shape (nrows, ncols)
        By the flag REFERENCE_PIXEL, or by the place on the detector where no pixel has it.
    in_use : ndarray of uint32, same shape
        All flags that a pixel has in any of the ramps.
    """
    nrows = ramps[0].shape[2]
    in_use = np.zeros(ramps[0].shape[2:], dtype=np.uint32)
    for ramp in ramps:
        in_use |= ramp.rows(0, nrows, slice(0, 0)).pixel_dq
    reference, _ = map_reference_pixels(in_use, ramps[0].metadata)
    return reference, in_use


def make_mask(
    judged: Sequence[tuple[Search, Policy]],
    *,
    reference: BoolMap,
    in_use: DqMap | None,
    metadata: ExposureMetadata,
    manual: Mapping[str, BoolMap] = _NONE,
    plot: bool = False,
    exp_type: str | None = None,
) -> ReferenceData:
    """Make the content of a mask file.

    Parameters
    ----------
    judged : sequence of (Search, Policy)
        What each search found, and which flags that gives.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels. They get REFERENCE_PIXEL and no flag of a search; DO_NOT_USE only if a manual flag
        says so in so many words, because the reference pixel correction leaves out what is DO_NOT_USE.
    in_use : ndarray of uint32, same shape, or None
        Flags of the mask in use, for the report and for what is kept of it.
    metadata : ExposureMetadata
        Of the inputs: for titles, and for the frames of IRS2, into which the mask is put.
    manual : mapping of str to ndarray of bool
        Flags from a list, by mnemonic.
    plot : bool
        Whether to give figures.
    exp_type : str or None
        EXP_TYPE of the file; None for exposures of all types.

    Returns
    -------
    ReferenceData
    """
    flags = _joined(judged, reference, in_use, manual)
    unknown = np.zeros(reference.shape, dtype=np.uint8)
    figures: dict[str, Figure] = {}
    extensions: dict[str, NDArray[np.generic]] = {"UNKNOWN": unknown}
    for found, _ in judged:
        for pixels in found.unknown.values():
            unknown[pixels & ~reference] = 1
        figures |= found.figures if plot else {}
        extensions |= found.extensions
    history = _history(judged, flags, reference, in_use, manual)
    if plot:
        where = f"{metadata.detector} {metadata.subarray}"
        figures["bad_pixels"] = _picture(flags, reference, where)
    if interleaves(metadata, reference.shape):
        flags, extensions = raw_frames(flags, extensions, metadata)
    return ReferenceData(
        arrays={},
        flags=flags,
        metadata={"exposure.type": exp_type or ANY},
        extensions=extensions,
        history=history,
        warnings=tuple(_not_searched(judged)),
        figures=figures,
    )


def _joined(
    judged: Sequence[tuple[Search, Policy]],
    reference: BoolMap,
    in_use: DqMap | None,
    manual: Mapping[str, BoolMap],
) -> dict[str, BoolMap]:
    """Give the flags of all searches and of the manual list."""
    flags = {DO_NOT_USE: np.zeros(reference.shape, dtype=np.bool_), REFERENCE_PIXEL: reference}
    for found, policy in judged:
        _add(flags, flag_search(found, policy, in_use), where=~reference)
    _add(flags, manual, where=None)
    policies = [policy for _, policy in judged]
    for flag, pixels in manual.items():
        if any(policy.excludes_flag(flag) for policy in policies):
            flags[DO_NOT_USE] = flags[DO_NOT_USE] | (pixels & ~reference)
    return flags


def _add(flags: dict[str, BoolMap], more: Mapping[str, BoolMap], *, where: BoolMap | None) -> None:
    """Join further maps to those by mnemonic."""
    for flag, pixels in more.items():
        some = pixels if where is None else pixels & where
        flags[flag] = flags[flag] | some if flag in flags else some


def _history(
    judged: Sequence[tuple[Search, Policy]],
    flags: Mapping[str, BoolMap],
    reference: BoolMap,
    in_use: DqMap | None,
    manual: Mapping[str, BoolMap],
) -> tuple[str, ...]:
    lines: list[str] = []
    for found, policy in judged:
        lines += found.history
        lines += _unjudged(found, policy, ~reference)
    if manual:
        counts = ", ".join(f"{flag} {int(np.count_nonzero(pixels))}" for flag, pixels in manual.items())
        lines.append(f"Pixels flagged by the list of manual flags: {counts}.")
    return (*lines, *report_population(flags, ~reference, in_use))


def _not_searched(judged: Sequence[tuple[Search, Policy]]) -> Iterator[str]:
    """Tell of classes that were wanted and could not be searched, one line for all with the same reason."""
    for found, policy in judged:
        names: dict[str, list[str]] = {}
        for name, reason in found.refused.items():
            names.setdefault(reason, []).append(name)
        for reason, classes in names.items():
            whose = "its" if len(classes) == 1 else "their"
            kept = f"{whose} flags of the mask in use are kept"
            none = f"no pixel has {whose} flags"
            said = kept if policy.keep_unknown else none
            yield f"{', '.join(classes)} not searched: {reason}; {said}."


def _unjudged(found: Search, policy: Policy, light: BoolMap) -> Iterator[str]:
    """Tell how many pixels could not be judged, one line for all classes with the same number."""
    names: dict[int, list[str]] = {}
    for name, pixels in found.unknown.items():
        names.setdefault(int(np.count_nonzero(pixels & light)), []).append(name)
    what = "keep those flags of the mask in use" if policy.keep_unknown else "have none of those flags"
    for count in sorted(names.keys() - {0}, reverse=True):
        yield f"{count} pixels have too few data to be judged ({', '.join(names[count])}): they {what}."


def _picture(flags: Mapping[str, BoolMap], reference: BoolMap, where: str) -> Map:
    bad = np.logical_or.reduce([pixels for name, pixels in flags.items() if name != REFERENCE_PIXEL])
    image = np.where(flags[DO_NOT_USE], _EXCLUDED, np.where(bad, _FLAGGED, 0)).astype(np.float32)
    image[reference & ~bad] = np.nan
    return Map(
        f"Bad pixels of {where}", "0 good, 1 flagged, 2 DO_NOT_USE; reference pixels white", image, (0.0, 2.0)
    )

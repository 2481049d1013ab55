"""Which backgrounds belong to the science target and which to the PSF reference, and whether they fit."""

from collections.abc import Mapping, Sequence

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.kinds.kind import Kind, named

_OTHER: Mapping[str, str] = {"SCI": "REF", "REF": "SCI"}
_FIXED = ("instrument", "detector", "filter", "pupil", "xstart", "ystart")


def backgrounds_of(
    kinds: Mapping[str, Kind], images: Mapping[str, CalibratedImage], *, psflibpaths: Sequence[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Tell which backgrounds the science target and the reference have of their own.

    A background is taken for the other one's if it has the target's name, or the integration time and number
    of integrations, of that one alone: proposals seldom call the background of a reference a PSF reference.

    Parameters
    ----------
    kinds : mapping of str to Kind
        What each image is for, by role.
    images : mapping of str to CalibratedImage
        The images.
    psflibpaths : sequence of str
        Patterns of what is a reference by the user's word, and is left so.

    Returns
    -------
    dict of str to tuple of str
        Roles of the backgrounds, by ``SCI`` and ``REF``.
    """
    found: dict[str, list[str]] = {"SCI": [], "REF": []}
    for role, kind in kinds.items():
        if not kind.endswith("_BG"):
            continue
        target = kind.removesuffix("_BG")
        if not named(images[role], psflibpaths) and _is_of_other(role, target, kinds, images):
            target = _OTHER[target]
        found[target].append(role)
    return {target: tuple(roles) for target, roles in found.items()}


def _is_of_other(
    role: str, target: str, kinds: Mapping[str, Kind], images: Mapping[str, CalibratedImage]
) -> bool:
    own = [images[each] for each, kind in kinds.items() if kind == target]
    other = [images[each] for each, kind in kinds.items() if kind == _OTHER[target]]
    image = images[role]
    for fact in (_target_name, _timing):
        mine = fact(image)
        in_own, in_other = mine in map(fact, own), mine in map(fact, other)
        if mine and in_own != in_other:
            return in_other
    return False


def _target_name(image: CalibratedImage) -> str:
    return str(image.header.get("TARGPROP", "")).strip().upper()


def _timing(image: CalibratedImage) -> tuple[object, ...]:
    if "EFFINTTM" not in image.header:
        return ()
    return (round(float(image.header["EFFINTTM"]), 3), image.metadata.nints)


def check_agreement(target: CalibratedImage, backgrounds: Sequence[CalibratedImage]) -> None:
    """Refuse backgrounds of another detector, filter, mask, place or size on the detector, or unit.

    Raises
    ------
    mkrefs.api.UserError
        If one does not agree; the message names it, and both values.
    """
    mine = _facts(target)
    for background in backgrounds:
        for (name, value), theirs in zip(mine.items(), _facts(background).values(), strict=True):
            if value != theirs:
                raise UserError(
                    f"subtract_background: {background.name} has {name} {theirs} but {target.name} has "
                    f"{value}; a background must be of the same detector, filter, mask, subarray and unit: "
                    "leave it out."
                )


def _facts(image: CalibratedImage) -> dict[str, object]:
    facts = {name: getattr(image.metadata, name) for name in _FIXED}
    mask = str(image.header.get("CORONMSK", "NONE"))
    return {**facts, "coronagraph": mask, "rows and columns": image.shape[-2:], "unit": image.unit}


def readout_differences(target: CalibratedImage, backgrounds: Sequence[CalibratedImage]) -> tuple[str, ...]:
    """Say where backgrounds were read out otherwise than the target."""
    mine = _readout(target)
    return tuple(
        f"{background.name} was read out otherwise than {target.name}, from which it is subtracted: "
        + ", ".join(f"{name} {theirs[name]}, not {mine[name]}" for name in mine if theirs[name] != mine[name])
        + "."
        for background in backgrounds
        if (theirs := _readout(background)) != mine
    )


def _readout(image: CalibratedImage) -> dict[str, object]:
    return {"READPATT": image.metadata.readpatt, "NGROUPS": image.metadata.ngroups}

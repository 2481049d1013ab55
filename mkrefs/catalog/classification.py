"""Tells the image type of an exposure (dark, flat, image), from its file's name and its EXP_TYPE."""

import re

from mkrefs.catalog.rules import CatalogRules
from mkrefs.instruments.exposure_types import image_type, is_acquisition

_WORDS = {"D": "dark", "F": "flat", "I": "image"}


def classify(
    searched: str, exp_type: str | None, rules: CatalogRules, *, is_image: bool = False
) -> tuple[str, str]:
    """Tell the image type of an exposure.

    The name decides where a pattern matches it: in ground-test data EXP_TYPE often says nothing, or
    calls a lamp exposure an image. But a dark by name that EXP_TYPE calls a flat, or the reverse, is used
    as neither. Where no pattern matches EXP_TYPE decides. A calibrated image is an image also where there is
    none, or that of a target acquisition.

    Parameters
    ----------
    searched : str
        The part of the file's name in which the patterns are looked for.
    exp_type : str or None
        Value of EXP_TYPE.
    rules : CatalogRules
        The patterns.
    is_image : bool
        Whether the file holds slopes or a calibrated image, no ramp.

    Returns
    -------
    imtype : str
        ``D``, ``F``, ``I``, or empty.
    reason : str
        Why there is no type; empty if there is one.
    """
    named = _named_types(searched, rules)
    if len(named) > 1:
        return "", "its name matches both dark_pattern and flat_pattern"
    by_header = (image_type(exp_type) if exp_type else None) or ""
    if is_image and (not exp_type or is_acquisition(exp_type)):
        by_header = "I"
    if not named:
        return (by_header, "") if by_header else ("", _no_type(exp_type))
    by_name, pattern = named[0]
    if by_header in _WORDS and by_header not in (by_name, "I"):
        return "", f"{pattern} makes it a {_WORDS[by_name]}, its EXP_TYPE {exp_type} a {_WORDS[by_header]}"
    return by_name, ""


def _named_types(searched: str, rules: CatalogRules) -> list[tuple[str, str]]:
    patterns = (("D", "dark_pattern", rules.dark_pattern), ("F", "flat_pattern", rules.flat_pattern))
    return [(letter, name) for letter, name, pattern in patterns if pattern and re.search(pattern, searched)]


def _no_type(exp_type: str | None) -> str:
    header = f"its EXP_TYPE {exp_type} is none of a dark, flat or image" if exp_type else "it has no EXP_TYPE"
    return f"its image type is unknown: no pattern matches its name, and {header}"

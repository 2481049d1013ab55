"""What a search for bad pixels gives, and how its classes become flags; values only.

A search, be it in flats or in darks, fills a `Search` with maps by class. A `Policy` says which flags a class
gets. `mkrefs_detector.bad_pixel_mask.product.make_mask` makes the content of a mask file of both::

    found = Search(classes={"hot": hot_map, "rc": rc_map}, unknown={"rc": map_without_enough_data},
                   refused={"telegraph": "9 groups are too few"}, history=("Searched ...",))
    policy = Policy(flag_values={"hot": ("HOT",), "rc": ("RC",)}, do_not_use=("hot",))
    data = make_mask([(found, policy)], reference=..., in_use=..., where="NRCA1 FULL")
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, Figure

BoolMap = NDArray[np.bool_]
DqMap = NDArray[np.uint32]
DO_NOT_USE = "DO_NOT_USE"


@dataclass(frozen=True, slots=True)
class Search:
    """What one search found.

    Attributes
    ----------
    classes : mapping of str to ndarray of bool, shape (nrows, ncols)
        Bad pixels by class, for each class that was searched, found or not.
    unknown : mapping of str to ndarray of bool, same shape
        By class, the pixels that could not be judged for it: too little data. They are not in it. A class
        that is not named could judge all.
    refused : mapping of str to str
        Classes that were wanted and not searched, each with the reason (a sentence's rest:
        "the median error of a normalised rate is 30 %").
    history : tuple of str
        What was done, and with what numbers.
    extensions : mapping of str to ndarray
        Images to keep in the file, by extension name.
    figures : mapping of str to Figure
        Figures of the search, by name.
    """

    classes: Mapping[str, BoolMap]
    unknown: Mapping[str, BoolMap] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    extensions: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """Which flags the classes of a search get.

    Attributes
    ----------
    flag_values : mapping of str to sequence of str
        DQ mnemonics by class; every class of the search is named.
    do_not_use : collection of str
        Classes, or mnemonics, whose pixels are also DO_NOT_USE; case does not matter.
    keep_unknown : bool
        Whether a pixel that could not be judged, or a class that was refused, keeps the flags of the mask in
        use.
    """

    flag_values: Mapping[str, Sequence[str]]
    do_not_use: Collection[str] = ()
    keep_unknown: bool = True

    def excludes(self, name: str) -> bool:
        """Tell whether pixels of a class are DO_NOT_USE: by its own name or by one of its flags."""
        wanted = {entry.upper() for entry in self.do_not_use}
        return bool(wanted & {name.upper(), *(flag.upper() for flag in self.flag_values.get(name, ()))})

    def excludes_flag(self, flag: str) -> bool:
        """Tell whether pixels of a flag are DO_NOT_USE: by its name or by a class that gives it."""
        names = [name for name, flags in self.flag_values.items() if flag in {one.upper() for one in flags}]
        wanted = {entry.upper() for entry in self.do_not_use}
        return flag.upper() in wanted or any(name.upper() in wanted for name in names)


def flag_search(found: Search, policy: Policy, in_use: DqMap | None) -> dict[str, BoolMap]:
    """Turn the classes of a search into flags.

    Parameters
    ----------
    found : Search
        What was found.
    policy : Policy
        Flags by class.
    in_use : ndarray of uint32, shape (nrows, ncols), or None
        Flags of the mask in use.

    Returns
    -------
    dict of str to ndarray of bool
        Maps by mnemonic. Those of refused classes are there only if something was kept.
    """
    flags: dict[str, BoolMap] = {}
    for name, flag, pixels in (*_found(found, policy), *_kept(found, policy, in_use)):
        flags[flag] = flags[flag] | pixels if flag in flags else pixels
        if policy.excludes(name):
            flags[DO_NOT_USE] = flags[DO_NOT_USE] | pixels if DO_NOT_USE in flags else pixels
    return flags


def _found(found: Search, policy: Policy) -> Iterator[tuple[str, str, BoolMap]]:
    for name, pixels in found.classes.items():
        for flag in policy.flag_values[name]:
            yield name, flag.upper(), np.asarray(pixels, dtype=np.bool_)


def _kept(found: Search, policy: Policy, in_use: DqMap | None) -> Iterator[tuple[str, str, BoolMap]]:
    """Give what is taken over from the mask in use: where, and for which classes, nothing is known."""
    if in_use is None or not policy.keep_unknown:
        return
    for name in (*found.classes, *found.refused):
        where = np.True_ if name in found.refused else found.unknown.get(name, np.False_)
        for flag in policy.flag_values[name]:
            pixels = ((in_use & np.uint32(PIXEL_DQ[flag.upper()])) != 0) & where
            if pixels.any():
                yield name, flag.upper(), np.asarray(pixels, dtype=np.bool_)

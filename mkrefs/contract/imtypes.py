"""The grammar of ``imtypes``: which image types, and how many of each, one input set is made of.

Only the words are read here; exposures are matched to them in `mkrefs.grouping`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mkrefs.errors import UserError

#: The image types the engine knows: darks, flats and images.
IMTYPE_LETTERS = "DFI"

_RUN = re.compile(r"(([A-Z])\2*)(\+?)")


@dataclass(frozen=True, slots=True)
class ImTypes:
    """How many exposures of each image type one input set takes.

    Attributes
    ----------
    runs : tuple of (str, int or None)
        Image type and number of exposures, in the order of the known letters; None stands for ``+``,
        one or more, as many as the window holds.
    """

    runs: tuple[tuple[str, int | None], ...]

    @property
    def counts(self) -> Mapping[str, int | None]:
        """Number of exposures by image type; None for ``+``."""
        return MappingProxyType(dict(self.runs))

    @property
    def letters(self) -> str:
        """The image types, each once."""
        return "".join(letter for letter, _ in self.runs)

    @property
    def canonical(self) -> str:
        """The one spelling of this value; reading it gives the value back.

        A single ``+`` of several types is written first (``F+D``), because at the end it would belong to
        every letter (``DF+`` is ``D+F+``).
        """
        runs = list(self.runs)
        pluses = [run for run in runs if run[1] is None]
        if len(runs) > 1 and pluses == runs[-1:]:
            runs = [runs[-1], *runs[:-1]]
        return "".join(f"{letter}+" if count is None else letter * count for letter, count in runs)

    def __str__(self) -> str:
        return self.canonical


def parse_imtypes(text: str, *, letters: str = IMTYPE_LETTERS) -> ImTypes:
    """Read an ``imtypes`` value.

    Parameters
    ----------
    text : str
        Runs of image-type letters in any order, each letter in one run: ``D``, ``DD``, ``D+``, ``FFDD``.
        A ``+`` follows a single letter and means one or more. ``DF+``, single letters with the only ``+``
        at the end, means ``D+F+``.
    letters : str
        The image types that exist, in the order of the canonical spelling.

    Returns
    -------
    ImTypes
        The numbers by image type.

    Raises
    ------
    mkrefs.errors.UserError
        If the text does not follow the grammar or names another letter.
    """
    counts = _read_runs(text.strip(), letters)
    if counts is None:
        allowed = ", ".join(letters)
        raise UserError(
            f"imtypes {text!r} is not understood: allowed are the letters {allowed}, each in one run such as "
            f"D or DD, or once with a + for one or more such as D+; write for example DD, D+, DDFF or D+F+."
        )
    return ImTypes(tuple((letter, counts[letter]) for letter in letters if letter in counts))


def _read_runs(text: str, letters: str) -> dict[str, int | None] | None:
    """Give the numbers by letter, or None if the text is not legal."""
    runs = [match.groups() for match in _RUN.finditer(text)]
    if not runs or "".join(run + plus for run, _, plus in runs) != text:
        return None
    found = [letter for _, letter, _ in runs]
    if len(set(found)) < len(found) or not set(found) <= set(letters):
        return None
    pluses = [plus for _, _, plus in runs]
    if "".join(pluses) == "+" and pluses[-1]:
        pluses = ["+"] * len(runs)
    if any(plus and len(run) > 1 for (run, _, _), plus in zip(runs, pluses, strict=True)):
        return None
    return {letter: None if plus else len(run) for (run, letter, _), plus in zip(runs, pluses, strict=True)}

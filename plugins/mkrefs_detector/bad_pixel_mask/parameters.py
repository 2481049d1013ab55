"""What the parameters of all mask labels share, and the checks of lists of flags and classes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mkrefs.api import PIXEL_DQ, ReferenceParameters, parameter

_ALLOWED = ", ".join(sorted(PIXEL_DQ))


class MaskParameters(ReferenceParameters):
    """What the section of any mask label may set."""

    keep_unknown: bool = parameter(
        True,
        "Whether pixels that could not be judged for lack of data, and classes that could not be searched, "
        "keep the flags of the mask in use; false leaves them without.",
    )
    plot: bool = parameter(False, "Draw figures: what the searches looked at, and a map of the bad pixels.")
    exp_type: str | None = parameter(
        None, "EXP_TYPE of the file; when not given, ANY: a mask serves exposures of all types."
    )
    author: str = parameter("jwst_reffiles", "Author of the reference file (AUTHOR).")
    description: str = parameter("A bad pix mask", "Description of the file (DESCRIP).")
    useafter: str = parameter(
        "2019-04-01 00:00:00",
        "Earliest observation date the file is valid for (USEAFTER), as YYYY-MM-DDTHH:MM:SS; AUTO for the "
        "day of the first exposure.",
    )


def none_in_words(value: Any) -> Any:
    """Read ``none`` and an empty text as null."""
    return None if isinstance(value, str) and value.strip().lower() in {"none", ""} else value


def one_as_list(value: Any) -> Any:
    """Read a single text as a list of one."""
    return (value,) if isinstance(value, str) else value


def check_flag_values(
    values: Mapping[str, Sequence[str]], classes: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Complete and check a table of flags by class, for a pydantic validator.

    Parameters
    ----------
    values : mapping of str to sequence of str
        Mnemonics by class, in any case.
    classes : iterable of str
        The classes that exist.

    Returns
    -------
    dict of str to tuple of str
        Mnemonics in capitals.

    Raises
    ------
    ValueError
        If there is no such class or mnemonic.
    """
    known = tuple(classes)
    for name in values:
        if name not in known:
            raise ValueError(f"'{name}' is no class of this search; allowed are {', '.join(known)}")
    made = {name: tuple(flag.upper() for flag in flags) for name, flags in values.items()}
    for flag in sorted({flag for flags in made.values() for flag in flags} - set(PIXEL_DQ)):
        raise ValueError(f"'{flag}' is no DQ mnemonic of the pipeline; allowed are {_ALLOWED}")
    return made


def check_do_not_use(names: Iterable[str], classes: Iterable[str]) -> tuple[str, ...]:
    """Check a list of what is to be DO_NOT_USE, classes or mnemonics, for a pydantic validator.

    Raises
    ------
    ValueError
        If a name is neither.
    """
    listed, known = tuple(names), {name.upper() for name in classes}
    for name in listed:
        if name.upper() not in known and name.upper() not in PIXEL_DQ:
            raise ValueError(
                f"'{name}' is neither a class of this search ({', '.join(sorted(known))}) nor a DQ mnemonic "
                f"of the pipeline ({_ALLOWED})"
            )
    return listed

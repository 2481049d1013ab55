"""The names of the methods, and a sequence of them as it is written."""

from typing import Literal, get_args

Finder = Literal["dqarr", "sigclip", "custom", "timeints", "gradient"]
Fixer = Literal["timemed", "localmed", "medfilt", "interp2d"]

FINDERS: tuple[Finder, ...] = get_args(Finder)
FIXERS: tuple[Fixer, ...] = get_args(Fixer)
#: Earlier names.
ALIASES = {"bpclean": "sigclip", "dqmed": "localmed"}


def read_methods(text: str) -> tuple[str, ...]:
    """Read ``sigclip+timemed+localmed`` as a sequence of methods; earlier names become today's.

    Raises
    ------
    ValueError
        If it is empty or has an unknown method.
    """
    methods = tuple(ALIASES.get(name.strip(), name.strip()) for name in text.split("+"))
    known = (*FINDERS, *FIXERS)
    unknown = [name for name in methods if name not in known]
    if unknown:
        raise ValueError(
            f"'{unknown[0]}' is no method; join methods by '+', finders {', '.join(FINDERS)} and fixers "
            f"{', '.join(FIXERS)}"
        )
    return methods

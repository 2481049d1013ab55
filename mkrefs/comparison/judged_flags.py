"""What the difference of two DQ arrays means: reasons for a verdict, by limits. Pure functions of values."""

from collections.abc import Iterator

from mkrefs.comparison.flags import EXCLUDED, FlagChanges, FlagComparison
from mkrefs.comparison.limits import Limits
from mkrefs.comparison.reasons import Level, Reason
from mkrefs.counting import counted

#: Share of the pixels excluded before that must still be excluded.
_STILL = 0.5
#: The type that is about its flags.
_MASK = "mask"


def flag_reasons(found: FlagChanges, limits: Limits, reftype: str) -> Iterator[Reason]:
    """Give what is to be said of the flags.

    Parameters
    ----------
    found : FlagChanges
        How they differ.
    limits : Limits
        Those of the type.
    reftype : str
        Of the files.

    Yields
    ------
    Reason
        Nothing if they are equal.
    """
    if any(flag.set is None for flag in found.flags.values()):
        yield Reason(Level.CHANGED, "DQ: the arrays have different sizes and are not compared")
        return
    changed = sum(each.pixels for each in found.transitions)
    if not changed:
        return
    many = changed / found.pixels > limits.reflagged
    limit = f" (limit {limits.reflagged:.1%})" if many else ""
    yield Reason(
        Level.CHANGED if many else Level.CONSISTENT,
        f"DQ: {counted(changed, 'pixel')} changed flags, {changed / found.pixels:.2%}{limit}",
    )
    excluded = found.flags.get(EXCLUDED)
    if excluded is not None:
        yield from _exclusion(excluded, found.pixels, limits)
    yield from _vanished(found, limits, reftype)
    if found.orientation:
        yield Reason(
            Level.SUSPICIOUS,
            f"DQ: the earlier flags agree much better with the new ones when they are {found.orientation}: "
            "does one of the files lie wrongly on the detector?",
        )


def _exclusion(flag: FlagComparison, pixels: int, limits: Limits) -> Iterator[Reason]:
    newly, no_longer, kept = flag.set or 0, flag.cleared or 0, flag.kept or 0
    before, after = kept + no_longer, kept + newly
    share = (newly + no_longer) / pixels
    what = (
        f"DQ: {counted(newly, 'pixel')} newly excluded by {EXCLUDED} and {no_longer} newly used, "
        f"{share:.2%} of all (limit {limits.excluded:.1%}); {before} before, {after} now"
    )
    if share > limits.excluded and (unlike := _unlike(before, after, pixels, limits)):
        yield Reason(Level.SUSPICIOUS, f"{what}: {unlike}")
    elif share > limits.excluded:
        yield Reason(Level.CHANGED, what)
    if before >= limits.vanished and 0 < kept < _STILL * before:
        yield Reason(Level.CHANGED, f"DQ: of {before} pixels that were excluded only {kept} still are")


def _unlike(before: int, after: int, pixels: int, limits: Limits) -> str:
    """Tell why the numbers of excluded pixels cannot be those of one detector; empty if they can."""
    fewer, more = sorted((before, after))
    if not before:
        first = limits.excluded_first
        return f"more than {first:.0%} of all, where none was" if after > first * pixels else ""
    return (
        f"a factor of more than {limits.excluded_factor:g}" if more > limits.excluded_factor * fewer else ""
    )


def _vanished(found: FlagChanges, limits: Limits, reftype: str) -> Iterator[Reason]:
    gone = [name for name, flag in found.flags.items() if _is_gone(flag, limits)]
    if not gone:
        return
    level = Level.SUSPICIOUS if reftype == _MASK else Level.CHANGED
    listed = ", ".join(f"{name} ({found.flags[name].before})" for name in gone)
    unknown = [name for name in gone if found.flags[name].after is None]
    known = f"; the new file does not declare {', '.join(unknown)}" if unknown else ""
    yield Reason(level, f"DQ: none of the pixels that were flagged {listed} is so any more{known}")


def _is_gone(flag: FlagComparison, limits: Limits) -> bool:
    return flag.before is not None and flag.before >= limits.vanished and not flag.after

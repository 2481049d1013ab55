"""Judges a comparison: equal, consistent, changed or suspicious, and why. A pure function of values."""

from collections.abc import Iterator
from dataclasses import dataclass

from mkrefs.comparison.comparison import Comparison
from mkrefs.comparison.judged_arrays import array_reasons
from mkrefs.comparison.judged_flags import flag_reasons
from mkrefs.comparison.judged_headers import header_reasons
from mkrefs.comparison.limits import is_used, limits_for
from mkrefs.comparison.reasons import Level, Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison comes to.

    Attributes
    ----------
    verdict : Level
        The gravest of the reasons.
    reasons : tuple of Reason
        The gravest first.
    """

    verdict: Level
    reasons: tuple[Reason, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons as sentences."""
        return tuple(reason.sentence + "." * (not reason.sentence.endswith("?")) for reason in self.reasons)


def judge(comparison: Comparison) -> Verdict:
    """Judge a comparison.

    Parameters
    ----------
    comparison : Comparison
        What was found.

    Returns
    -------
    Verdict
        ``equal`` if arrays and flags are the same, ``suspicious`` or ``changed`` if a reason says so, else
        ``consistent``.
    """
    found = list(_reasons(comparison))
    if not comparison.equal and all(reason.level is Level.EQUAL for reason in found):
        found.append(Reason(Level.CONSISTENT, "The files are not the same, but differ within all limits"))
    reasons = sorted(found, key=lambda reason: -reason.level.gravity)
    verdict = max((reason.level for reason in reasons), key=lambda level: level.gravity)
    return Verdict(verdict, tuple(dict.fromkeys(reasons)))


def _reasons(comparison: Comparison) -> Iterator[Reason]:
    reftype, instrument = comparison.reftype, comparison.instrument
    if comparison.equal:
        yield Reason(Level.EQUAL, "All arrays and flags are the same")
    if comparison.only_previous:
        yield Reason(Level.CHANGED, f"The new file lacks {', '.join(comparison.only_previous)}")
    if comparison.place:
        yield Reason(Level.EQUAL, f"Compared where both lie: {comparison.place}")
    yield from header_reasons(comparison.headers, comparison.arrays, reftype, instrument)
    yield from flag_reasons(comparison.flags, limits_for(reftype, "DQ"), reftype)
    for name, found in comparison.arrays.items():
        if not is_used(reftype, name):
            continue
        if found.size is None:
            yield _of_another_shape(name, comparison)
        yield from array_reasons(name, found, limits_for(reftype, name), reftype, instrument)
    if comparison.only_new:
        yield Reason(Level.CONSISTENT, f"The previous file lacked {', '.join(comparison.only_new)}")


def _of_another_shape(name: str, comparison: Comparison) -> Reason:
    """Tell of arrays that do not fit on one another; planes of them may do."""
    found = comparison.arrays[name]
    shapes = [" x ".join(map(str, shape)) for shape in (found.shape, found.previous_shape)]
    planes = any(other.startswith(f"{name}_") for other in comparison.arrays)
    return Reason(
        Level.CONSISTENT if planes else Level.CHANGED,
        f"{name} has {shapes[0]} values, before {shapes[1]}: "
        + ("what both have is compared" if planes else "it is not compared"),
    )

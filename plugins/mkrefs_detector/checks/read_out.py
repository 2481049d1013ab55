"""Whether the header tells the read-out as it was: axes, read pattern, and the subarray of the exposures."""

import re
from collections.abc import Iterator, Mapping, Sequence

from mkrefs.api import DETECTORS, READPATTERNS, Check, CheckedFile, CheckLimits, Finding
from mkrefs_detector.checks.pixels import FOR_ANY, INSTRUMENTS, is_map

#: Read patterns of all instruments.
_NAMES = frozenset(name for patterns in READPATTERNS.values() for name in patterns)
#: Read patterns whose names are no other words of the field.
_PLAIN_NAMES = _NAMES - {"NRS", "NIS", "FGS", "FAST", "SLOW"}
_SAID = re.compile(r"\bREADPATT\b[\s=:']*([A-Z][A-Z0-9]+)")
_WORD = re.compile(r"[A-Z0-9]+")
#: Where a file lies on the detector, and which detector that is.
_PLACE = ("INSTRUME", "DETECTOR", "SUBARRAY", "SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")


class Axes(Check):
    """FASTAXIS and SLOWAXIS are those of the detector, and the detector is one of the instrument's."""

    name = "axes"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Compare with the table of detectors."""
        name, instrument = file.text("DETECTOR"), file.text("INSTRUME")
        if name in FOR_ANY or name == "MULTIPLE" or instrument not in INSTRUMENTS:
            return
        if name not in DETECTORS or DETECTORS[name].instrument != instrument:
            known = ", ".join(each.name for each in DETECTORS.values() if each.instrument == instrument)
            yield self.error(f"{instrument} has no detector {name}", "header: DETECTOR", known)
            return
        right = {"FASTAXIS": DETECTORS[name].fastaxis, "SLOWAXIS": DETECTORS[name].slowaxis}
        found = {keyword: file.number(keyword) for keyword in right}
        missing = [keyword for keyword, value in found.items() if value is None]
        if missing and is_map(file) and file.text("SUBARRAY"):
            yield self.warning(
                f"the file does not say {' and '.join(missing)}", *_axes_told(missing, right, name)
            )
        wrong = [keyword for keyword, value in found.items() if value not in (None, right[keyword])]
        if wrong:
            values = " and ".join(f"{keyword} is {found[keyword]}" for keyword in wrong)
            what = f"{values}, which is wrong for {name}{_detectors_with(found, instrument)}"
            yield self.error(what, *_axes_told(wrong, right, name))


def _axes_told(keywords: Sequence[str], right: Mapping[str, int], name: str) -> tuple[str, str]:
    """Give the place of a finding on some keywords, and what would be right."""
    values = " and ".join(str(right[keyword]) for keyword in keywords)
    return f"header: {', '.join(keywords)}", f"{values} for {name}"


def _detectors_with(axes: Mapping[str, int | None], instrument: str) -> str:
    """Name the detectors of the instrument that are read like this, if there are any."""
    pair = (axes["FASTAXIS"], axes["SLOWAXIS"])
    own = [each for each in DETECTORS.values() if each.instrument == instrument]
    there = [each.name for each in own if (each.fastaxis, each.slowaxis) == pair]
    return f" (so {', '.join(there)} {'are' if len(there) > 1 else 'is'} read)" if there else ""


class ReadPattern(Check):
    """READPATT is that of the exposures, of the instrument, and of the frames that a group averages."""

    name = "read_pattern"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Compare READPATT with all that tells of the exposures."""
        pattern, instrument = file.text("READPATT"), file.text("INSTRUME")
        where = "header: READPATT"
        if pattern in FOR_ANY:
            return
        yield from self._of_instrument(file, pattern, instrument, where)
        yield from self._of_timing(file, pattern, instrument)
        taken = file.made_from.keywords.get("READPATT") if file.made_from else None
        if taken and file.made_from:
            if pattern not in taken:
                what = f"READPATT is {pattern}, the exposures were read with {' and '.join(taken)}"
                yield self.error(
                    f"{what}, as {file.made_from.source} says", where, f"{' or '.join(taken)}, or ANY"
                )
        else:
            yield from self._of_history(file, pattern, where)

    def _of_instrument(
        self, file: CheckedFile, pattern: str, instrument: str, where: str
    ) -> Iterator[Finding]:
        own = READPATTERNS.get(instrument, {})
        irs2 = "IRS2" in pattern
        if instrument == "NIRSPEC" and file.reftype == "refpix" and not irs2:
            yield self.error(
                f"READPATT is {pattern}, but the type is for IRS2 alone", where, "a pattern of IRS2"
            )
        if irs2 and file.text("SUBARRAY") not in FOR_ANY | {"FULL"}:
            what = f"READPATT is {pattern}, but {file.text('SUBARRAY')} cannot be read with IRS2"
            yield self.error(what, where, "IRS2 for the full frame alone")
        others = [
            name for name, patterns in READPATTERNS.items() if name != instrument and pattern in patterns
        ]
        if own and pattern not in own:
            limit = f"{', '.join(own)}, or ANY"
            if others:
                what = f"READPATT {pattern} is a read pattern of {' and '.join(others)}, not of {instrument}"
                yield self.error(what, where, limit)
            else:
                yield self.warning(
                    f"READPATT {pattern} is no read pattern of {instrument} that mkrefs knows", where, limit
                )

    def _of_timing(self, file: CheckedFile, pattern: str, instrument: str) -> Iterator[Finding]:
        known = READPATTERNS.get(instrument, {}).get(pattern)
        frames, gap = file.number("NFRAMES"), file.number("GROUPGAP")
        if (
            known
            and frames is not None
            and gap is not None
            and (frames, gap) != (known.nframes, known.groupgap)
        ):
            yield self.error(
                f"READPATT is {pattern}, but groups of {frames} frames with gaps of {gap} are of another",
                "header: NFRAMES, GROUPGAP",
                f"{known.nframes} and {known.groupgap} for {pattern}",
            )

    def _of_history(self, file: CheckedFile, pattern: str, where: str) -> Iterator[Finding]:
        text = "\n".join((file.text("DESCRIP"), *(line.upper() for line in file.history)))
        # what is no read pattern is not meant as one, such as the word null
        said = [name for name in dict.fromkeys(_SAID.findall(text)) if name in _NAMES or name in FOR_ANY]
        if said and pattern not in said and not FOR_ANY & set(said):
            what = f"READPATT is {pattern}, HISTORY says READPATT {' and '.join(said)}"
            yield self.error(what, where, f"{' or '.join(said)}, or ANY")
            return
        words = set(_WORD.findall(text))
        named = sorted(_PLAIN_NAMES & words)
        if named and pattern not in words:
            what = f"READPATT is {pattern}, HISTORY speaks of {' and '.join(named)} alone"
            yield self.warning(what, where, f"{' or '.join(named)}, or ANY")


class Subarray(Check):
    """Instrument, detector, subarray, corner and size are those of the exposures."""

    name = "subarray"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Compare with what is known of the exposures."""
        if file.made_from is None:
            return
        for keyword in _PLACE:
            value, taken = file.text(keyword), file.made_from.keywords.get(keyword)
            if taken and value not in FOR_ANY and value not in taken:
                what = f"{keyword} is {value}, of the exposures it is {' and '.join(taken)}"
                where, limit = f"header: {keyword}", " or ".join(taken)
                yield self.error(f"{what}, as {file.made_from.source} says", where, limit)

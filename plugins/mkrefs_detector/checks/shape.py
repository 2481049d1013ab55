"""Whether the arrays have the size of their subarray, and the subarray its corner."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mkrefs.api import DETECTORS, IRS2_SHAPE, SUBARRAYS, Check, CheckedFile, CheckLimits, Finding
from mkrefs_detector.checks.pixels import FOR_ANY, NO_MAPS, is_map

#: Arrays that are maps of pixels wherever they occur.
_MAPS = ("SCI", "ERR", "DQ", "COEFFS")
#: Rows by which a subarray of NIRSpec lies elsewhere with other gratings, at most.
_GRATINGS = 128
_FULL = (2048, 2048)
_KEYWORDS = ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")


class Shape(Check):
    """Corner and size are those of the subarray, lie on the detector, and are those of the arrays."""

    name = "shape"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Compare the header with the table of subarrays, and the arrays with the header."""
        detector = DETECTORS.get(file.text("DETECTOR"))
        if file.reftype in NO_MAPS or detector is None or detector.instrument != file.text("INSTRUME"):
            return
        place = _Place.of([file.number(keyword) for keyword in _KEYWORDS])
        if place is None:
            missing = ", ".join(keyword for keyword in _KEYWORDS if file.number(keyword) is None)
            if is_map(file) and file.text("SUBARRAY"):
                limit = "corner and size of the subarray"
                yield self.warning(f"the file does not say {missing}", f"header: {missing}", limit)
            place = _named(file)
        else:
            yield from self._header(file, place)
        if place is not None:
            yield from self._arrays(file, (place.rows, place.columns))

    def _header(self, file: CheckedFile, place: "_Place") -> Iterator[Finding]:
        detector, name = DETECTORS[file.text("DETECTOR")], file.text("SUBARRAY")
        right = _named(file)
        if right is None:
            yield from self._of_others(name, detector.name, detector.instrument)
        where = f"header: {', '.join(_KEYWORDS)}"
        if not place.lies_within(detector.columns, detector.rows):
            within = f"within {detector.columns} x {detector.rows}"
            yield self.error(f"{place} do not lie on {detector.name}", where, within)
        elif right is not None and place != right:
            # the rows of NIRSpec's subarrays depend on the grating
            shifted = replace(place, y=right.y) == right and abs(place.y - right.y) <= _GRATINGS
            tell = self.warning if detector.instrument == "NIRSPEC" and shifted else self.error
            yield tell(f"SUBARRAY {name} of {detector.name}: {place}", where, str(right))

    def _of_others(self, name: str, detector: str, instrument: str) -> Iterator[Finding]:
        """Tell of a subarray that other detectors of the instrument have, and this one has not."""
        others = [
            each.name
            for each in DETECTORS.values()
            if each.instrument == instrument and name in SUBARRAYS[each.name]
        ]
        if others:
            what = f"{detector} has no subarray {name}, which is one of {' and '.join(others)}"
            yield self.error(what, "header: SUBARRAY", ", ".join(SUBARRAYS[detector]))

    def _arrays(self, file: CheckedFile, size: tuple[int, int]) -> Iterator[Finding]:
        pattern = file.text("READPATT")
        irs2 = file.text("INSTRUME") == "NIRSPEC" and ("IRS2" in pattern or pattern in FOR_ANY)
        right = [size, *([IRS2_SHAPE] if irs2 and size == _FULL else [])]
        shapes = {name: file.images[name].shape for name in _MAPS if name in file.images}
        wrong = [name for name, shape in shapes.items() if shape[-2:] not in right]
        if wrong:
            found = " x ".join(map(str, shapes[wrong[0]][:-3:-1]))
            limit = " or ".join(f"{columns} x {rows}" for rows, columns in right)
            kind = "the array has" if len(wrong) == 1 else "the arrays have"
            yield self.error(f"{kind} {found} pixels, the subarray {limit}", ", ".join(wrong), limit)


@dataclass(frozen=True, slots=True)
class _Place:
    """Corner, counted from 1, and size of a part of a detector."""

    x: int
    y: int
    columns: int
    rows: int

    @classmethod
    def of(cls, values: list[int | None]) -> "_Place | None":
        """Give the place that the keywords tell; None if one of them is missing."""
        numbers = [value for value in values if value is not None]
        return cls(*numbers) if len(numbers) == len(values) else None

    def lies_within(self, columns: int, rows: int) -> bool:
        """Tell whether all of it is on a detector of a size."""
        right, top = self.x + self.columns - 1, self.y + self.rows - 1
        return min(self.x, self.y) >= 1 and right <= columns and top <= rows

    def __str__(self) -> str:
        return f"{self.columns} x {self.rows} pixels from {self.x}, {self.y}"


def _named(file: CheckedFile) -> _Place | None:
    """Give the place of the subarray of that name; None for one that no table tells."""
    name = file.text("SUBARRAY")
    if not name:
        return None
    known = SUBARRAYS[file.text("DETECTOR")].get("FULL" if name in FOR_ANY else name)
    return None if known is None else _Place(known.xstart, known.ystart, known.xsize, known.ysize)

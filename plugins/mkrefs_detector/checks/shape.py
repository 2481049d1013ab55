"""Whether the arrays have the size of their subarray, and the subarray its corner."""

from collections.abc import Iterator

from mkrefs.api import DETECTORS, IRS2_SHAPE, SUBARRAYS, Check, CheckedFile, CheckLimits, Finding
from mkrefs_detector.checks.pixels import FOR_ANY, NO_MAPS

#: Arrays that are maps of pixels wherever they occur.
_MAPS = ("SCI", "ERR", "DQ", "COEFFS")
_KEYWORDS = ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")


class Shape(Check):
    """Corner and size are those of the subarray, lie on the detector, and are those of the arrays."""

    name = "shape"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Compare the header with the table of subarrays, and the arrays with the header."""
        if file.reftype in NO_MAPS or file.text("DETECTOR") not in DETECTORS:
            return
        place = [file.number(keyword) for keyword in _KEYWORDS]
        missing = [keyword for keyword, value in zip(_KEYWORDS, place, strict=True) if value is None]
        if missing:
            yield self.warning(f"the file does not say {', '.join(missing)}", f"header: {missing[0]}")
            place = self._by_name(file)
        else:
            yield from self._header(file, place)
        if None not in place:
            yield from self._arrays(file, (int(place[3] or 0), int(place[2] or 0)))

    def _header(self, file: CheckedFile, place: list[int | None]) -> Iterator[Finding]:
        detector, name = DETECTORS[file.text("DETECTOR")], file.text("SUBARRAY")
        right = self._by_name(file)
        where = "header: SUBSTRT1, SUBSTRT2, SUBSIZE1, SUBSIZE2"
        x, y, columns, rows = (int(value or 0) for value in place)
        if x < 1 or y < 1 or x + columns - 1 > detector.columns or y + rows - 1 > detector.rows:
            what = f"{columns} x {rows} pixels from {x}, {y} do not lie on {detector.name}"
            yield self.error(what, where, f"within {detector.columns} x {detector.rows}")
        elif None not in right and place != right:
            what = f"SUBARRAY {name or 'missing'} of {detector.name}: {columns} x {rows} pixels from {x}, {y}"
            limit = f"{right[2]} x {right[3]} from {right[0]}, {right[1]}"
            # the rows of NIRSpec's subarrays depend on the grating
            tell = self.warning if detector.instrument == "NIRSPEC" and name != "FULL" else self.error
            yield tell(what, where, limit)

    def _by_name(self, file: CheckedFile) -> list[int | None]:
        """Give corner and size of the subarray of that name; None for what no table tells."""
        name = file.text("SUBARRAY")
        known = SUBARRAYS[file.text("DETECTOR")].get("FULL" if name in FOR_ANY else name)
        return (
            [None] * len(_KEYWORDS)
            if known is None
            else [known.xstart, known.ystart, known.xsize, known.ysize]
        )

    def _arrays(self, file: CheckedFile, size: tuple[int, int]) -> Iterator[Finding]:
        right = [size, *([IRS2_SHAPE] if "IRS2" in file.text("READPATT") else [])]
        for name in _MAPS:
            array = file.images.get(name)
            if array is not None and array.shape[-2:] not in right:
                found = " x ".join(map(str, array.shape[:-3:-1]))
                limit = " or ".join(f"{columns} x {rows}" for rows, columns in right)
                yield self.error(f"the array has {found} pixels, its subarray {limit}", name, limit)

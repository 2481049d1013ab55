"""Whether a file holds what its type is about."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from mkrefs.api import REFERENCE_TYPES, Check, CheckedFile, CheckLimits, Finding
from mkrefs_detector.checks.pixels import NO_MAPS, PLANE, main_array

#: How many axes the main array of a type has.
_AXES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("gain", "mask", "persat", "readnoise", "saturation", "superbias", "trapdensity"), (2,)
        ),
        "dark": (3, 4),
        "flat": (2, 3),
        "linearity": (3,),
        "reset": (4,),
    }
)


class Content(Check):
    """The array that the type is about is there, and holds numbers."""

    name = "content"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Look for the main array; types that hold no maps need any array or table."""
        if file.reftype not in REFERENCE_TYPES:
            yield self.warning(
                f"mkrefs knows no type {file.reftype.upper()}, so only what holds for all types is checked",
                "header: REFTYPE",
            )
        elif file.reftype not in NO_MAPS:
            yield from self._main(file)
        elif not file.images and not file.tables and not self._in_asdf(file):
            yield self.error("the file holds neither an array nor a table")

    def _main(self, file: CheckedFile) -> Iterator[Finding]:
        name = main_array(file)
        array = file.images.get(name)
        if array is None or array.size == 0 or array.ndim < PLANE:
            held = ", ".join((*file.images, *file.tables)) or "nothing"
            yield self.error(f"there is no map {name} in it, only {held}", name, f"an array {name}")
        elif array.ndim not in _AXES.get(file.reftype, (array.ndim,)):
            shape = " x ".join(map(str, array.shape))
            yield self.error(f"an array of {shape} values has the wrong number of axes", name, _allowed(file))
        elif array.dtype.kind not in "iuf":
            yield self.error(f"it holds values of type {array.dtype}", name, "numbers")

    def _in_asdf(self, file: CheckedFile) -> bool:
        return "ASDF" in file.headers


def _allowed(file: CheckedFile) -> str:
    return f"{' or '.join(map(str, _AXES[file.reftype]))} axes"

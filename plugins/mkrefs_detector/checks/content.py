"""Whether a file holds what its type is about."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from mkrefs.api import REFERENCE_TYPES, Check, CheckedFile, CheckLimits, Finding
from mkrefs_detector.checks.pixels import NO_MAPS, PLANE, main_array

#: How many axes the main array of a type has.
_AXES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("gain", "lastframe", "mask", "persat", "pictureframe", "readnoise"),
                *("saturation", "superbias", "trapdensity"),
            ),
            (2,),
        ),
        "dark": (3, 4),
        "flat": (2, 3),
        "linearity": (3,),
        "reset": (4,),
    }
)
#: Types of spectra and of other use (source: the names in crds/jwst/tpns).
_OTHER_TYPES = frozenset(
    (
        *("abvegaoffset", "apcorr", "barshadow", "bkg", "camera", "collimator", "cubepar", "dflat"),
        *("disperser", "drizpars", "extract1d", "fflat", "fore", "fpa"),
        *("fringe", "fringefreq", "ifufore", "ifupost", "ifuslicer", "mrsptcorr", "mrsxartcorr", "msa"),
        *("msaoper", "nrm", "ote", "pathloss", "psf", "psfmask", "regions", "resol", "sflat"),
        *("speckernel", "specprofile", "spectrace", "specwcs", "straymask", "throughput", "tsophot"),
        *("wavecorr", "wavelengthrange", "wavemap", "wfssbkg"),
    )
)


class Content(Check):
    """The array that the type is about is there, and holds numbers."""

    name = "content"

    def check(self, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
        """Look for the main array; types that hold no maps need any array or table."""
        if file.reftype not in REFERENCE_TYPES:
            yield self._unknown(file.reftype)
        elif file.reftype not in NO_MAPS:
            yield from self._main(file)
        elif not file.images and not file.tables and not self._in_asdf(file):
            yield self.error("the file holds neither an array nor a table", "file", "an array or a table")

    def _unknown(self, reftype: str) -> Finding:
        """Tell of a type that is none of detectors and images: perhaps a mistake in writing."""
        where, limit = "header: REFTYPE", "a type of the detector pipeline or of that of images"
        meant = get_close_matches(reftype, REFERENCE_TYPES, n=1, cutoff=0.8)
        if meant and reftype not in _OTHER_TYPES:
            what = f"{reftype.upper()} is no reference type; {meant[0].upper()} may be meant"
            return self.error(what, where, meant[0].upper())
        what = f"mkrefs knows no type {reftype.upper()}, so only what holds for all types is checked"
        return self.warning(what, where, limit)

    def _main(self, file: CheckedFile) -> Iterator[Finding]:
        name = main_array(file)
        array = file.images.get(name)
        if array is None or array.size == 0 or array.ndim < PLANE:
            held = ", ".join((*file.images, *file.tables)) or "nothing"
            yield self.error(f"there is no map {name} in it, only {held}", name, f"an array {name}")
        elif array.ndim not in _AXES.get(file.reftype, (array.ndim,)):
            shape = " x ".join(map(str, array.shape))
            yield self.error(f"an array of {shape} values has the wrong number of axes", name, _allowed(file))
        elif array.dtype.kind not in ("iu" if name == "DQ" else "iuf"):
            limit = "whole numbers" if name == "DQ" else "numbers"
            yield self.error(f"it holds values of type {array.dtype.name}", name, limit)

    def _in_asdf(self, file: CheckedFile) -> bool:
        return "ASDF" in file.headers


def _allowed(file: CheckedFile) -> str:
    return f"{' or '.join(map(str, _AXES[file.reftype]))} axes"

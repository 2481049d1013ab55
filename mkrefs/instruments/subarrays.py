"""Subarrays as data: corner and size on the detector, and number of outputs.

Corners are SUBSTRT1 and SUBSTRT2, in the science (DMS) orientation, counted from 1. Sources: NIRCam, NIRISS
and FGS from the aperture file PRDOPSSOC-075 (package pysiaf), turned into the science orientation; NIRISS
SOSS from jwst (tests put SUBSTRIP256 at row 1793, ``background_sub_soss`` puts SUBSTRIP96 10 rows above);
MIRI from the table in MiriTE's ``miri.datamodels``; NIRSpec from ESA-JWST-SCI-NRS-TN-2018-002 as tabulated
in the NIRSpec pipeline testing tool, for the PRISM, since there the rows depend on the grating.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mkrefs.errors import UserError
from mkrefs.instruments.detectors import (
    DETECTORS,
    SAMPLE_TIME,
    Detector,
    miri_frame_time,
    near_infrared_frame_time,
)
from mkrefs.instruments.irs2 import FRAME_PAUSE, IRS2_SHAPE, LINE_CLOCKS, is_irs2


@dataclass(frozen=True, slots=True)
class Subarray:
    """One subarray of one detector.

    Attributes
    ----------
    name : str
        Value of SUBARRAY.
    xstart, ystart : int
        First column and row on the detector, counted from 1 (SUBSTRT1, SUBSTRT2).
    xsize, ysize : int
        Columns and rows (SUBSIZE1, SUBSIZE2).
    noutputs : int
        Number of outputs that read it (NOUTPUTS).
    """

    name: str
    xstart: int
    ystart: int
    xsize: int
    ysize: int
    noutputs: int = 1

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the subarray in a full-frame array."""
        x, y = self.xstart - 1, self.ystart - 1
        return slice(y, y + self.ysize), slice(x, x + self.xsize)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape (rows, columns) of its arrays."""
        return self.ysize, self.xsize


# Squares by name: size, and the corner on each detector.
_NIRCAM_SQUARES: dict[str, tuple[int, dict[str, tuple[int, int]]]] = {
    "SUB160": (160, {
        "NRCA1": (1889, 1889), "NRCA2": (1889, 1), "NRCA3": (1, 1889), "NRCA4": (1, 1),
        "NRCB1": (1, 1), "NRCB2": (1, 1889), "NRCB3": (1889, 1), "NRCB4": (1889, 1889),
        "NRCALONG": (945, 945), "NRCBLONG": (933, 941),
    }),
    "SUB320": (320, {
        "NRCA1": (1729, 1729), "NRCA2": (1729, 1), "NRCA3": (1, 1729), "NRCA4": (1, 1),
        "NRCB1": (1, 1), "NRCB2": (1, 1729), "NRCB3": (1729, 1), "NRCB4": (1729, 1729),
        "NRCALONG": (865, 865), "NRCBLONG": (853, 861),
    }),
    "SUB640": (640, {
        "NRCA1": (1409, 1409), "NRCA2": (1409, 1), "NRCA3": (1, 1409), "NRCA4": (1, 1),
        "NRCB1": (1, 1), "NRCB2": (1, 1409), "NRCB3": (1409, 1), "NRCB4": (1409, 1409),
        "NRCALONG": (705, 705), "NRCBLONG": (693, 701),
    }),
    "SUB64P": (64, {"NRCB1": (1851, 1817), "NRCBLONG": (1944, 1931)}),
    "SUB160P": (160, {"NRCB1": (1803, 1769), "NRCBLONG": (1889, 1889)}),
    "SUB400P": (400, {"NRCB1": (1649, 1649), "NRCBLONG": (1649, 1649)}),
}  # fmt: skip
_FGS_SQUARES: dict[str, tuple[int, dict[str, tuple[int, int]]]] = {
    "SUB128LL": (128, {"GUIDER1": (1921, 1921), "GUIDER2": (1921, 1)}),
    "SUB128DIAG": (128, {"GUIDER1": (1441, 1441), "GUIDER2": (1441, 481)}),
    "SUB128CNTR": (128, {"GUIDER1": (961, 961), "GUIDER2": (961, 961)}),
    "SUB32LL": (32, {"GUIDER1": (1969, 1969), "GUIDER2": (1969, 49)}),
    "SUB32DIAG": (32, {"GUIDER1": (1489, 1489), "GUIDER2": (1489, 529)}),
    "SUB32CNTR": (32, {"GUIDER1": (1009, 1009), "GUIDER2": (1009, 1009)}),
    "SUB8LL": (8, {"GUIDER1": (1981, 1981), "GUIDER2": (1981, 61)}),
    "SUB8DIAG": (8, {"GUIDER1": (1501, 1501), "GUIDER2": (1501, 541)}),
    "SUB8CNTR": (8, {"GUIDER1": (1021, 1021), "GUIDER2": (1021, 1021)}),
}
_NIRISS = (
    Subarray("SUB64", 1985, 1985, 64, 64),
    Subarray("SUB80", 1045, 1, 80, 80),
    Subarray("SUB128", 1921, 1921, 128, 128),
    Subarray("SUB256", 1793, 1793, 256, 256),
    Subarray("SUBSTRIP256", 1, 1793, 2048, 256),
    Subarray("SUBSTRIP96", 1, 1803, 2048, 96),
    Subarray("SUBTAAMI", 1055, 81, 64, 64),
    Subarray("SUBTASOSS", 1923, 1167, 64, 64),
    Subarray("SUBAMPCAL", 1, 1, 512, 1792),
)
_MIRI = (
    Subarray("MASK1065", 1, 19, 288, 224, 4),
    Subarray("MASK1140", 1, 245, 288, 224, 4),
    Subarray("MASK1550", 1, 467, 288, 224, 4),
    Subarray("MASKLYOT", 1, 717, 320, 304, 4),
    Subarray("BRIGHTSKY", 457, 51, 512, 512, 4),
    Subarray("SUB256", 413, 51, 256, 256, 4),
    Subarray("SUB128", 1, 889, 136, 128, 4),
    Subarray("SUB64", 1, 779, 72, 64, 4),
    Subarray("SLITLESSPRISM", 1, 529, 72, 416, 4),
)
# First column, columns and rows, then the first row on NRS1 and on NRS2.
_NIRSPEC = {
    "ALLSLITS": (1, 2048, 256, 897, 895),
    "SUBS200A1": (1, 2048, 64, 1054, 930),
    "SUBS200A2": (1, 2048, 64, 1018, 966),
    "SUBS200B1": (1, 2048, 64, 918, 1068),
    "SUBS400A1": (1, 2048, 64, 978, 1006),
    "SUB1024A": (1, 1024, 32, 957, 1059),
    "SUB1024B": (1025, 1024, 32, 957, 1059),
    "SUB2048": (1, 2048, 32, 957, 1059),
    "SUB512": (1025, 512, 32, 957, 1059),
    "SUB512S": (1025, 512, 16, 965, 1067),
}


def _subarrays(detector: Detector) -> Mapping[str, Subarray]:
    listed = [Subarray("FULL", 1, 1, detector.columns, detector.rows, detector.outputs)]
    for name, (size, corners) in (_NIRCAM_SQUARES | _FGS_SQUARES).items():
        if detector.name in corners:
            x, y = corners[detector.name]
            listed.append(Subarray(name, x, y, size, size))
    if detector.name == "NIS":
        listed.extend(_NIRISS)
    if detector.name == "MIRIMAGE":
        listed.extend(_MIRI)
    if detector.instrument == "NIRSPEC":
        which = ("NRS1", "NRS2").index(detector.name)
        for name, (column, columns, rows, *first_rows) in _NIRSPEC.items():
            listed.append(Subarray(name, column, first_rows[which], columns, rows))
    return MappingProxyType({subarray.name: subarray for subarray in listed})


#: Subarrays by detector and name.
SUBARRAYS: Mapping[str, Mapping[str, Subarray]] = MappingProxyType(
    {detector.name: _subarrays(detector) for detector in DETECTORS.values()}
)


def subarray_named(detector: Detector, name: str) -> Subarray:
    """Give a subarray of a detector by its name.

    Raises
    ------
    mkrefs.errors.UserError
        If the detector has no such subarray, or its corner is not known.
    """
    known = SUBARRAYS[detector.name]
    try:
        return known[name.upper()]
    except KeyError:
        message = f"subarray {name!r} of {detector.name} is not known; choose one of {', '.join(known)}"
        raise UserError(message) from None


def frame_time(detector: Detector, subarray: Subarray, readpatt: str) -> float:
    """Give how long one frame of a subarray takes.

    Parameters
    ----------
    detector : Detector
        The detector.
    subarray : Subarray
        One of its subarrays.
    readpatt : str
        Value of READPATT; it matters for MIRI's slow patterns and NIRSpec's IRS2.

    Returns
    -------
    float
        TFRAME in seconds.

    Raises
    ------
    mkrefs.errors.UserError
        For a slow MIRI pattern on a subarray.
    """
    if detector.instrument == "MIRI":
        return miri_frame_time(subarray.name, readpatt)
    if is_irs2(readpatt):
        return (LINE_CLOCKS * IRS2_SHAPE[1] + FRAME_PAUSE) * SAMPLE_TIME
    return near_infrared_frame_time(detector, subarray.xsize, subarray.ysize, subarray.noutputs)

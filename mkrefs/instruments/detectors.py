"""The JWST detectors as data: size, read-out directions, outputs, and how long one frame takes.

Sources: FASTAXIS and SLOWAXIS are those that `crds certify` demands of each detector
(``crds/jwst/tpns/includes/nir_subarray.tpn`` and ``miri_subarray_both.tpn``), and agree with DetSciYAngle
and DetSciParity of the aperture file PRDOPSSOC-075; the near-infrared frame times follow JDox, "NIRCam
Detector Subarrays"; the MIRI clocks are those of ``jwst.emicorr``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mkrefs.errors import UserError

#: Seconds a detector spends on one sample of one pixel, all instruments.
SAMPLE_TIME = 1e-5
_FULL_OUTPUTS = 4


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector.

    Attributes
    ----------
    name, instrument : str
        Values of DETECTOR and INSTRUME.
    columns, rows : int
        Size of the full frame in the science (DMS) orientation, reference pixels included.
    fastaxis, slowaxis : int
        Values of FASTAXIS and SLOWAXIS: 1 along columns, 2 along rows, negative for decreasing index.
    module, channel : str or None
        Values of MODULE and CHANNEL; None where the instrument has none.
    """

    name: str
    instrument: str
    columns: int = 2048
    rows: int = 2048
    fastaxis: int = 1
    slowaxis: int = 2
    module: str | None = None
    channel: str | None = None

    @property
    def outputs(self) -> int:
        """Number of video outputs that read a full frame."""
        return _FULL_OUTPUTS


_NIRCAM_AXES = {
    "NRCA1": (-1, 2),
    "NRCA2": (1, -2),
    "NRCA3": (-1, 2),
    "NRCA4": (1, -2),
    "NRCALONG": (-1, 2),
    "NRCB1": (1, -2),
    "NRCB2": (-1, 2),
    "NRCB3": (1, -2),
    "NRCB4": (-1, 2),
    "NRCBLONG": (1, -2),
}
_ALL = (
    *(
        Detector(
            name, "NIRCAM", fastaxis=fast, slowaxis=slow, module=name[3],
            channel="LONG" if name.endswith("LONG") else "SHORT",
        )
        for name, (fast, slow) in _NIRCAM_AXES.items()
    ),
    Detector("NIS", "NIRISS", fastaxis=-2, slowaxis=-1),
    Detector("NRS1", "NIRSPEC", fastaxis=2, slowaxis=1),
    Detector("NRS2", "NIRSPEC", fastaxis=-2, slowaxis=-1),
    Detector("GUIDER1", "FGS", fastaxis=-2, slowaxis=-1),
    Detector("GUIDER2", "FGS", fastaxis=2, slowaxis=-1),
    Detector("MIRIMAGE", "MIRI", columns=1032, rows=1024),
    Detector("MIRIFULONG", "MIRI", columns=1032, rows=1024, channel="34"),
    Detector("MIRIFUSHORT", "MIRI", columns=1032, rows=1024, channel="12"),
)  # fmt: skip

#: All detectors by name.
DETECTORS: Mapping[str, Detector] = MappingProxyType({detector.name: detector for detector in _ALL})

#: Clock cycles of `SAMPLE_TIME` that one frame of a MIRI subarray takes in the fast read-out.
_MIRI_CLOCKS: Mapping[str, int] = MappingProxyType(
    {
        "FULL": 277504,
        "SLITLESSPRISM": 15904,
        "MASKLYOT": 32400,
        "MASK1065": 23968,
        "MASK1140": 23968,
        "MASK1550": 23968,
        "BRIGHTSKY": 86528,
        "SUB256": 29952,
        "SUB128": 11904,
        "SUB64": 8512,
    }
)
_MIRI_SLOW_FULL_CLOCKS = 2388992


def detector_named(name: str) -> Detector:
    """Give a detector by its name.

    Raises
    ------
    mkrefs.errors.UserError
        If there is no such detector.
    """
    try:
        return DETECTORS[name.upper()]
    except KeyError:
        raise UserError(f"detector {name!r} is not known; choose one of {', '.join(DETECTORS)}") from None


def near_infrared_frame_time(detector: Detector, xsize: int, ysize: int, noutputs: int) -> float:
    """Compute how long one frame of a near-infrared detector takes.

    Parameters
    ----------
    detector : Detector
        Tells which axis is the fast one.
    xsize, ysize : int
        Size of the subarray in pixels.
    noutputs : int
        Number of outputs, 1 or 4.

    Returns
    -------
    float
        TFRAME in seconds.
    """
    fast, slow = (xsize, ysize) if abs(detector.fastaxis) == 1 else (ysize, xsize)
    if noutputs == 1:
        return (fast + 12) * (slow + 2) * SAMPLE_TIME
    return ((fast // noutputs + 12) * (slow + 1) + 1) * SAMPLE_TIME


def miri_frame_time(subarray: str, readpatt: str) -> float:
    """Look up how long one frame of a MIRI subarray takes.

    Parameters
    ----------
    subarray, readpatt : str
        Values of SUBARRAY and READPATT.

    Returns
    -------
    float
        TFRAME in seconds.

    Raises
    ------
    mkrefs.errors.UserError
        For a slow pattern on a subarray, which the instrument does not offer.
    """
    if not readpatt.startswith("SLOW"):
        return _MIRI_CLOCKS[subarray] * SAMPLE_TIME
    if subarray != "FULL":
        raise UserError(f"MIRI reads only FULL with {readpatt}; use FASTR1 for subarray {subarray}")
    return _MIRI_SLOW_FULL_CLOCKS * SAMPLE_TIME

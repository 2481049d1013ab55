"""The largest normalised signal of a dead pixel, by detector and normalisation, as documented."""

from collections.abc import Mapping
from types import MappingProxyType

#: For rates that are not normalised, in DN/s; of the NIRCam flats that the method was made for.
_NIRCAM_RATES: Mapping[str, float] = MappingProxyType(
    {
        "NRCA1": 25.0,
        "NRCA2": 25.0,
        "NRCA3": 30.0,
        "NRCA4": 30.0,
        "NRCALONG": 40.0,
        "NRCB1": 25.0,
        "NRCB2": 25.0,
        "NRCB3": 25.0,
        "NRCB4": 25.0,
        "NRCBLONG": 50.0,
    }
)
_USUAL = 0.05


def default_dead_limit(detector: str, normalization: str) -> float:
    """Give the largest signal of a dead pixel where none is set.

    Parameters
    ----------
    detector : str
        Value of DETECTOR.
    normalization : str
        The normalisation method; with ``none`` signals are in DN/s.

    Returns
    -------
    float
    """
    return _NIRCAM_RATES.get(detector.upper(), _USUAL) if normalization == "none" else _USUAL

"""Reads a keyword of a file, whatever made it and whether or not it is in FITS form."""

from pathlib import Path


def read_primary_keyword(path: Path, keyword: str) -> str:
    """Read a keyword in capitals; empty where the file does not tell or is not in FITS form."""
    from astropy.io import fits

    try:
        return str(fits.getheader(path).get(keyword, "")).strip().upper()
    except (OSError, ValueError):
        return ""

"""mkrefs: turns JWST exposures into certified calibration reference files."""

__version__ = "0.1.0"

"""The versions of the software that makes the files, read from package metadata without any import."""

from importlib import metadata

PACKAGES = ("mkrefs", "jwst", "stdatamodels", "crds", "numpy")


def software_versions() -> dict[str, str]:
    """Give the installed versions; ``"not installed"`` for what is absent.

    Returns
    -------
    dict of str to str
        Version by distribution name.
    """
    return {package: _version(package) for package in PACKAGES}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"

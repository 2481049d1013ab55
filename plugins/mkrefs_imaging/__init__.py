"""The official imaging plugin: corrections of calibrated images.

Importing it is light: what computes is imported when it is first used.
"""

from collections.abc import Sequence

from mkrefs.api import ImageCorrection, hookimpl


@hookimpl
def mkrefs_corrections() -> Sequence[type[ImageCorrection]]:
    """Give the corrections of this plugin."""
    return ()

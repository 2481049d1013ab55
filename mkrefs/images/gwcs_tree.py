"""Reads the gwcs object of an image without its data model, whose schemas take far longer to check."""

from io import BytesIO
from pathlib import Path
from typing import Any

from mkrefs.images.hdu_spans import hdu_spans
from mkrefs.images.unchecked import unchecked_trees


def read_gwcs(path: Path) -> Any:
    """Read the gwcs object from the tree that a data model left in a file.

    Parameters
    ----------
    path : Path
        A file with an ASDF extension.

    Returns
    -------
    gwcs.WCS or None
        None if the tree holds none, or cannot be read by itself; the data model may tell more.
    """
    import asdf

    tree = next((span for span in hdu_spans(path) or () if span.name == "ASDF"), None)
    if tree is None:
        return None
    with path.open("rb") as file:
        file.seek(tree.data)
        content = file.read(tree.length)
    with unchecked_trees():
        try:
            with asdf.open(BytesIO(content), lazy_tree=True, lazy_load=False) as opened:
                return opened.tree.get("meta", {}).get("wcs")
        except (OSError, TypeError, ValueError):  # what asdf raises for trees it cannot take
            return None

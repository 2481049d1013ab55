"""Moves the WCS of a data model along with what is seen in its arrays."""

from typing import Any

#: An edge of a bounding box no farther than this from the edge of the array, pixels, is that edge.
_AT_EDGE = 1.0
_Edges = tuple[float, float]


def move_wcs(model: Any, by: tuple[float, float], before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """Move the gwcs object and the reference pixel of the FITS keywords, whichever a model has.

    Parameters
    ----------
    model : stdatamodels.jwst.datamodels.JwstDataModel
        It is changed.
    by : (float, float)
        Pixels along x and y: what was at (x, y) is at (x + by[0], y + by[1]).
    before, after : tuple of int
        Shape of its arrays before and now. A bounding box that ended at the edge of the array does so again.
    """
    wcsinfo = model.meta.wcsinfo
    if wcsinfo.crpix1 is not None and wcsinfo.crpix2 is not None:
        wcsinfo.crpix1 += by[0]
        wcsinfo.crpix2 += by[1]
    wcs = getattr(model.meta, "wcs", None)
    if wcs is not None:
        _move_gwcs(wcs, by, before, after)


def _move_gwcs(wcs: Any, by: tuple[float, float], before: tuple[int, ...], after: tuple[int, ...]) -> None:
    from astropy.modeling.models import Identity, Shift

    box = wcs.bounding_box
    further = wcs.input_frame.naxes - 2
    back = Shift(-by[0]) & Shift(-by[1])
    wcs.insert_transform(wcs.input_frame.name, back & Identity(further) if further else back, after=True)
    if box is not None and not further:
        sizes = zip(before[:-3:-1], after[:-3:-1], strict=True)
        wcs.bounding_box = tuple(
            _moved_edges(edges, step, *each)
            for edges, step, each in zip(box.bounding_box(order="F"), by, sizes, strict=True)
        )
    if wcs.pixel_shape is not None:
        wcs.pixel_shape = after[:-3:-1]


def _moved_edges(edges: _Edges, by: float, before: int, after: int) -> _Edges:
    low, high = edges
    at_start, at_end = low <= _AT_EDGE, high >= before - 1 - _AT_EDGE
    return (low if at_start else low + by, high + after - before if at_end else high + by)

"""Figures as values: what a creator wants shown, without a drawing library, a path or a style.

The engine draws them, see `mkrefs.drawing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often the values of a quantity occur.

    Attributes
    ----------
    title : str
        What is shown.
    quantity : str
        Name and unit of the quantity: ``error (DN)``.
    edges : ndarray, shape (nbins + 1,)
        Limits of the bins, ascending.
    counts : ndarray, shape (nbins,)
        Numbers of values in the bins.
    lines : mapping of str to float
        Values to mark by a vertical line, by what they are called.
    log : bool
        Whether the axis of the counts is logarithmic.
    """

    title: str
    quantity: str
    edges: NDArray[Any]
    counts: NDArray[Any]
    lines: Mapping[str, float] = field(default_factory=dict)
    log: bool = True


@dataclass(frozen=True, slots=True)
class Map:
    """An image of the detector.

    Attributes
    ----------
    title : str
        What is shown.
    quantity : str
        Name and unit of the values: ``error (DN)``.
    image : ndarray, shape (nrows, ncols)
        The values; what is not finite is left white.
    limits : (float, float) or None
        Values at the ends of the colour bar; None takes them from the image, without its outliers.
    """

    title: str
    quantity: str
    image: NDArray[Any]
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Quantities over a common one.

    Attributes
    ----------
    title : str
        What is shown.
    x_quantity, y_quantity : str
        Names and units of the axes.
    x : ndarray, shape (npoints,)
        The common quantity.
    curves : mapping of str to ndarray of shape (npoints,)
        The others by what they are called.
    """

    title: str
    x_quantity: str
    y_quantity: str
    x: NDArray[Any]
    curves: Mapping[str, NDArray[Any]]


Figure = Histogram | Map | Curves

"""Where the arrays of two files lie on the detector, and the part that both have."""

from dataclasses import dataclass

from mkrefs.comparison.opened import OpenedReference, Slices

_PLANE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a detector, counted from 1 as SUBSTRT and SUBSIZE do."""

    xstart: int
    ystart: int
    xsize: int
    ysize: int

    @property
    def shape(self) -> tuple[int, int]:
        """Shape (rows, columns) of its arrays."""
        return self.ysize, self.xsize

    def slices_in(self, whole: "Place") -> Slices:
        """Give the rows and columns of this place in arrays of a larger one."""
        x, y = self.xstart - whole.xstart, self.ystart - whole.ystart
        return slice(y, y + self.ysize), slice(x, x + self.xsize)

    def overlap(self, other: "Place") -> "Place | None":
        """Give the part that two places have in common; None if there is none."""
        x, y = max(self.xstart, other.xstart), max(self.ystart, other.ystart)
        xend = min(self.xstart + self.xsize, other.xstart + other.xsize)
        yend = min(self.ystart + self.ysize, other.ystart + other.ysize)
        return Place(x, y, xend - x, yend - y) if xend > x and yend > y else None

    def __str__(self) -> str:
        """Columns and rows in words."""
        return (
            f"columns {self.xstart} to {self.xstart + self.xsize - 1}, "
            f"rows {self.ystart} to {self.ystart + self.ysize - 1} of the detector"
        )


def place_of(file: OpenedReference) -> Place | None:
    """Give the place that a file's header names; None if it does not."""
    numbers = [file.number(name) for name in ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")]
    known = [int(number) for number in numbers if number is not None]
    return Place(*known) if len(known) == len(numbers) and min(known) > 0 else None


@dataclass(frozen=True, slots=True)
class Overlay:
    """How the arrays of two files are laid over one another.

    Attributes
    ----------
    new, previous : Place or None
        Where each file lies, if its header tells.
    common : Place or None
        The part that both have; None if one of them does not tell.
    """

    new: Place | None
    previous: Place | None
    common: Place | None

    @property
    def cut(self) -> bool:
        """Whether only a part of one of them is compared."""
        return self.common is not None and not self.new == self.previous == self.common

    def slices(self, shape: tuple[int, ...], previous_shape: tuple[int, ...]) -> tuple[Slices, Slices] | None:
        """Give the rows and columns to compare in arrays of the two files; None if they do not fit.

        Arrays that are as large as their headers say are laid over one another by place; others, such as
        kernels, must be of the same size.
        """
        if len(shape) < _PLANE or len(previous_shape) < _PLANE:
            return None
        places = [place for place in (self.new, self.previous) if place is not None]
        if self.common and [place.shape for place in places] == [shape[-2:], previous_shape[-2:]]:
            return self.common.slices_in(places[0]), self.common.slices_in(places[1])
        if shape[-2:] != previous_shape[-2:]:
            return None
        whole = (slice(0, shape[-2]), slice(0, shape[-1]))
        return whole, whole


def overlay(new: OpenedReference, previous: OpenedReference) -> Overlay:
    """Lay two files over one another; `Overlay.common` is None too where they have no pixel in common."""
    ours, theirs = place_of(new), place_of(previous)
    return Overlay(ours, theirs, ours.overlap(theirs) if ours and theirs else None)

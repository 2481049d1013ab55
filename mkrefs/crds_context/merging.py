"""Merges classes of exposures with the same fate into as few as read well. No crds here."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from mkrefs.crds_context.value_set import ValueSet


@dataclass(frozen=True, slots=True)
class Piece:
    """A class of exposures, by the values of each keyword, and what is to be said of it."""

    values: tuple[ValueSet, ...]
    content: tuple[tuple[str, ...], ...]


def merge(pieces: Sequence[Piece]) -> list[Piece]:
    """Unite pieces that differ in one keyword alone, until none do.

    Parameters
    ----------
    pieces : sequence of Piece
        Disjoint classes with the same keywords.

    Returns
    -------
    list of Piece
        Together the same exposures with the same contents, in the order of the first of each.
    """
    merged = list(pieces)
    places = range(len(merged[0].values)) if merged else range(0)
    while True:
        count = len(merged)
        for place in reversed(places):
            merged = _merge_keyword(merged, place)
        if len(merged) == count:
            return merged


def _merge_keyword(pieces: Sequence[Piece], place: int) -> list[Piece]:
    """Unite pieces that differ in one keyword."""
    found: dict[Hashable, Piece] = {}
    for piece in pieces:
        rest = (piece.values[:place], piece.values[place + 1 :], piece.content)
        if rest in found:
            before, after = found[rest].values[:place], found[rest].values[place + 1 :]
            union = found[rest].values[place] | piece.values[place]
            found[rest] = Piece((*before, union, *after), piece.content)
        else:
            found[rest] = piece
    return list(found.values())

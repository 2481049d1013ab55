"""Sets of the values of one keyword: some values, or all but some."""

from dataclasses import dataclass

from mkrefs.crds_context.coverage import ExposureValues


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Some values of a keyword, or all but some.

    Attributes
    ----------
    named : frozenset of str
        Values.
    others : bool
        False: the values themselves. True: all values but these.
    """

    named: frozenset[str]
    others: bool = False

    def __or__(self, other: "ValueSet") -> "ValueSet":
        """Give the values that are in either set."""
        if self.others and other.others:
            return ValueSet(self.named & other.named, others=True)
        if self.others:
            return ValueSet(self.named - other.named, others=True)
        if other.others:
            return ValueSet(other.named - self.named, others=True)
        return ValueSet(self.named | other.named)

    def named_values(self, keyword: str) -> ExposureValues:
        """Give the set as values of a keyword, sorted; whole numbers as headers write them."""
        named = tuple(sorted({value.removesuffix(".0") for value in self.named}))
        return ExposureValues(keyword, but=named) if self.others else ExposureValues(keyword, named)

"""The combiner `mean`."""

from collections.abc import Sequence
from typing import ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData


class MeanCombiner(Combiner):
    """The mean of the individuals that hold data."""

    name: ClassVar[str] = "mean"

    def combine(self, individuals: Sequence[ReferenceData], parameters: Parameters) -> ReferenceData:
        """Combine by the mean; see `mkrefs_detector.combiners.combination.combine_individuals`."""
        from mkrefs_detector.combiners.combination import combine_individuals
        from mkrefs_detector.combiners.methods import mean

        return combine_individuals(individuals, lambda _: mean, name="Mean")

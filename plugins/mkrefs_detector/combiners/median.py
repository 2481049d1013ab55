"""The combiner `median`."""

from collections.abc import Sequence
from typing import ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData


class MedianCombiner(Combiner):
    """The median of the individuals that hold data."""

    name: ClassVar[str] = "median"

    def combine(self, individuals: Sequence[ReferenceData], parameters: Parameters) -> ReferenceData:
        """Combine by the median; see `mkrefs_detector.combiners.combination.combine_individuals`."""
        from mkrefs_detector.combiners.combination import combine_individuals
        from mkrefs_detector.combiners.methods import median, median_error_factor

        return combine_individuals(
            individuals, lambda _: median, name="Median", error_factor=median_error_factor
        )

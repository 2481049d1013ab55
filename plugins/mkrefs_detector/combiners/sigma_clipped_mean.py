"""The combiner `sigma_clipped_mean`."""

from collections.abc import Sequence
from typing import ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData, parameter


class SigmaClippedMeanParameters(Parameters):
    """What ``combiner_parameters`` may set for `sigma_clipped_mean`."""

    sigma: float = parameter(
        4.0,
        "Threshold of the rejection of outliers: the externally studentised residual is as unlikely as this "
        "many standard deviations of a Gaussian.",
        unit="sigma",
        gt=0,
    )
    max_iters: int = parameter(5, "Largest number of passes of the rejection.", ge=0)


class SigmaClippedMeanCombiner(Combiner):
    """The mean of the individuals that hold data, without outliers."""

    name: ClassVar[str] = "sigma_clipped_mean"
    Parameters = SigmaClippedMeanParameters

    def combine(
        self, individuals: Sequence[ReferenceData], parameters: SigmaClippedMeanParameters
    ) -> ReferenceData:
        """Combine by the clipped mean; see `mkrefs_detector.combiners.combination.combine_individuals`."""
        from mkrefs_detector.combiners.combination import combine_individuals
        from mkrefs_detector.combiners.methods import mean_without_outliers

        return combine_individuals(
            individuals,
            lambda files: mean_without_outliers(
                len(files), sigma=parameters.sigma, iterations=parameters.max_iters
            ),
            name=f"Mean without outliers beyond {parameters.sigma:g} sigma",
        )

"""The combiner `weighted`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData, UserError

if TYPE_CHECKING:
    from mkrefs_detector.combiners.methods import Method


class WeightedCombiner(Combiner):
    """The mean weighted by the inverse variance.

    Where the individuals count their samples (NSAMPLES) the weights are these counts: the error of a noise
    estimate is proportional to the estimate itself, so that weights from it would favour low values.
    Otherwise the weights are 1 / ERR^2.
    """

    name: ClassVar[str] = "weighted"

    def combine(self, individuals: Sequence[ReferenceData], parameters: Parameters) -> ReferenceData:
        """Combine by the weighted mean; see `mkrefs_detector.combiners.combination.combine_individuals`."""
        from mkrefs_detector.combiners.combination import combine_individuals

        return combine_individuals(individuals, _weighting, name="Inverse-variance weighted mean")


def _weighting(individuals: Sequence[ReferenceData]) -> "Method":
    """Give the method that weights by numbers of samples, or by errors."""
    from mkrefs_detector.combiners.measured import SAMPLES, errors_of
    from mkrefs_detector.combiners.methods import weighted_by

    if SAMPLES in individuals[0].extensions:
        return weighted_by([one.extensions[SAMPLES] for one in individuals], squared_errors=False)
    errors = [each for each in map(errors_of, individuals) if each is not None]
    if not errors:
        raise UserError(
            "combiner 'weighted': the individual files have neither NSAMPLES nor errors to weight by; use "
            "the combiner 'mean', 'median' or 'sigma_clipped_mean'."
        )
    return weighted_by(errors, squared_errors=True)

"""The combiner `weighted`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData, UserError

if TYPE_CHECKING:
    from mkrefs_detector.combiners.rules import Mask, Rule, Values


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

        return combine_individuals(
            individuals, lambda block: _weighting(individuals, block), name="Inverse-variance weighted mean"
        )


def _weighting(individuals: Sequence[ReferenceData], block: tuple[Any, ...]) -> "Rule":
    """Give the rule that weights the rows of a block."""
    import numpy as np

    from mkrefs_detector.combiners.rules import weighted_mean

    each = np.stack([_weights(one)[block] for one in individuals]).astype(np.float64)

    def rule(values: "Values", counts: "Mask") -> "tuple[Values, Values]":
        wide = each.reshape(each.shape[0], *(1,) * (values.ndim - each.ndim), *each.shape[1:])
        weights = np.where(counts & np.isfinite(wide) & (wide > 0), wide, 0.0)
        return weighted_mean(values, weights), weights

    return rule


def _weights(individual: ReferenceData) -> Any:
    """Give the weight of each pixel of an individual."""
    import numpy as np

    from mkrefs_detector.combiners.measured import SAMPLES, errors_of

    if SAMPLES in individual.extensions:
        return np.asarray(individual.extensions[SAMPLES])
    errors = errors_of(individual)
    if errors is None:
        raise UserError(
            "combiner 'weighted': the individual files have neither NSAMPLES nor errors to weight by; use "
            "the combiner 'mean', 'median' or 'sigma_clipped_mean'."
        )
    with np.errstate(divide="ignore"):
        return 1 / np.square(np.asarray(errors, dtype=np.float64))

"""The combiner `majority`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from mkrefs.api import Combiner, Parameters, ReferenceData, UserError, parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MajorityParameters(Parameters):
    """How many individuals must agree."""

    fraction: float = parameter(
        0.5,
        "Least share of the individual files in which a pixel must have a flag to have it in the final one.",
        gt=0,
        le=1,
    )


class MajorityCombiner(Combiner):
    """Flags that a share of the individuals have; for files that hold nothing but flags, such as masks."""

    name: ClassVar[str] = "majority"
    Parameters = MajorityParameters

    def combine(self, individuals: Sequence[ReferenceData], parameters: MajorityParameters) -> ReferenceData:
        """Combine flags by counting; a single individual passes unchanged.

        Parameters
        ----------
        individuals : sequence of ReferenceData
            Content of the individual files, which hold flags and no arrays; extensions are left out.
        parameters : MajorityParameters
            How many must agree.

        Returns
        -------
        ReferenceData

        Raises
        ------
        mkrefs.api.UserError
            If the individuals do not go together, or hold arrays.
        """
        from mkrefs_detector.combiners.agreement import check_agreement

        check_agreement(individuals)
        first = individuals[0]
        if len(individuals) == 1:
            return first
        if first.arrays:
            raise UserError(
                f"combiner 'majority': the individual files hold {', '.join(first.arrays)}; it is "
                "for files of flags alone, such as masks: use another combiner."
            )
        flags = _agreed(individuals, parameters.fraction)
        history = f"Flags that at least {parameters.fraction:g} of {len(individuals)} individual files have."
        return ReferenceData({}, flags, dict(first.metadata), history=(history,))


def _agreed(individuals: Sequence[ReferenceData], fraction: float) -> "Mapping[str, NDArray[np.bool_]]":
    import numpy as np

    names = dict.fromkeys(name for one in individuals for name in one.flags)
    counts = {
        name: np.sum([one.flags[name] for one in individuals if name in one.flags], axis=0) for name in names
    }
    # A share such as 0.3 of 10 is meant to be 3, whatever its binary form says.
    return {name: np.asarray(count >= fraction * len(individuals) - 1e-9) for name, count in counts.items()}

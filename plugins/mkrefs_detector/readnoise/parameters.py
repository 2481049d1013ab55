"""The parameters of the read noise creator; names and defaults are the documented ones."""

from mkrefs.api import ReferenceParameters, parameter
from mkrefs_detector.readnoise.layout import GroupDifferences
from mkrefs_detector.readnoise.settings import Method


class ReadnoiseParameters(ReferenceParameters):
    """What the section of a read noise label may set."""

    method: Method = parameter(
        "stack",
        "How the noise of a pixel is taken: 'stack', the clipped standard deviation of all differences of "
        "all ramps; 'ramp', that of each ramp, then averaged; 'fit', the residuals about a line through each "
        "jump-free segment, which uses all groups at once.",
    )
    group_diff_type: GroupDifferences = parameter(
        "independent",
        "Which group differences are taken: 'independent', each group once (6-5, 4-3, 2-1); 'consecutive', "
        "each group with its neighbour (4-3, 3-2, 2-1). Method 'fit' uses all groups in any case.",
    )
    clipping_sigma: float = parameter(
        3.0, "Threshold of the rejection of outliers, in Gaussian standard deviations.", unit="sigma", gt=0
    )
    max_clipping_iters: int = parameter(
        3, "Largest number of passes of the rejection of outliers; 0 rejects nothing.", ge=0
    )
    nproc: int = parameter(1, "Number of threads that read and compute.", ge=1, changes_result=False)
    slice_width: int = parameter(
        50,
        "Rows that each thread holds in memory at a time; the result does not depend on it.",
        unit="pixel",
        ge=1,
        changes_result=False,
    )
    single_value: bool = parameter(
        False, "Give all pixels one value: the clipped mean of the noise of all light-sensitive pixels."
    )
    bias_correction: bool = parameter(
        True,
        "Correct for what clipping and small samples take away from a standard deviation; false gives the "
        "documented plain method.",
    )
    author: str = parameter("jwst_reffiles", "Author of the reference file (AUTHOR).")
    description: str = parameter("CDS Noise Image", "Description of the file (DESCRIP).")

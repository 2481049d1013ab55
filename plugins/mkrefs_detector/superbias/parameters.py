"""The parameters of the superbias creator; names and defaults are the documented ones."""

from pydantic import field_validator

from mkrefs.api import ReferenceParameters, parameter
from mkrefs_detector.superbias.settings import ErrorKind


class SuperbiasParameters(ReferenceParameters):
    """What the section of a superbias label may set."""

    clipping_sigma: float = parameter(
        3.0,
        "Threshold of the rejection of outliers among the samples of a pixel, in Gaussian standard "
        "deviations.",
        unit="sigma",
        gt=0,
    )
    max_clipping_iters: int = parameter(
        3, "Largest number of passes of the rejection of outliers; 0 rejects nothing.", ge=0
    )
    bad_clipping_sigma: float = parameter(
        3.0,
        "Threshold of the clip of the error image, whose mean and standard deviation tell which pixels are "
        "UNRELIABLE_BIAS.",
        unit="sigma",
        gt=0,
    )
    bad_max_clipping_iters: int = parameter(3, "Largest number of passes of that clip.", ge=0)
    bad_sigma_threshold: float = parameter(
        5.0,
        "Standard deviations above the mean of the error image from which on a pixel is UNRELIABLE_BIAS.",
        unit="sigma",
        gt=0,
    )
    plot: bool = parameter(
        False, "Draw figures: a histogram of the error image with the threshold, and maps of bias and error."
    )
    save_filled: bool = parameter(
        False,
        "Also keep, as extension FILLED, the bias with unreliable and high pixels replaced by smoothed "
        "values.",
    )
    box_width: int = parameter(
        3,
        "Width of the box that values are smoothed over where pixels are filled; an odd number of pixels "
        "of one amplifier and one parity of columns.",
        unit="pixel",
        ge=1,
    )
    error: ErrorKind = parameter(
        "mean",
        "What ERR and the test for UNRELIABLE_BIAS mean: 'mean', the standard error of the bias; 'scatter', "
        "the standard deviation of a single sample, as documented.",
    )
    share_scatter: bool = parameter(
        True,
        "Weigh the scatter of each pixel with that of all others for its standard error, as far as pixels "
        "are alike; false takes each pixel's own, uncertain as it is with few samples.",
    )
    drift_correction: bool = parameter(
        True,
        "Take off each sample what the reference pixels of its amplifier and parity show of its drift; the "
        "mean level stays. Without enough reference pixels nothing is taken off.",
    )
    bias_correction: bool = parameter(
        True,
        "Reject outliers as small samples need it and correct the scatter for it; false gives the documented "
        "plain clip.",
    )
    author: str = parameter("jwst_reffiles", "Author of the reference file (AUTHOR).")
    description: str = parameter("Super Bias Image", "Description of the file (DESCRIP).")
    useafter: str = parameter(
        "2000-01-01T00:00:00",
        "Earliest observation date the file is valid for (USEAFTER), as YYYY-MM-DDTHH:MM:SS.",
    )

    @field_validator("box_width")
    @classmethod
    def _has_a_middle(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"must be odd, so that the box has a pixel in its middle, not {value}")
        return value

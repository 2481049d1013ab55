"""What the header of an exposure says, as frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExposureMetadata:
    """The header facts of one exposure that algorithms and file headers need.

    Corners and sizes are 1-based detector pixels in the DMS frame, times are seconds.
    """

    instrument: str
    detector: str
    exp_type: str
    readpatt: str
    subarray: str
    xstart: int
    ystart: int
    xsize: int
    ysize: int
    fastaxis: int
    slowaxis: int
    nints: int
    ngroups: int
    nframes: int
    groupgap: int
    frame_time: float
    group_time: float
    noutputs: int | None = None
    filter: str | None = None
    pupil: str | None = None
    band: str | None = None
    channel: str | None = None
    module: str | None = None
    date_obs: str | None = None
    time_obs: str | None = None

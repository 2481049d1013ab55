"""What an exposure to simulate is: settings, times and names, and the header values that follow from them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.instruments.exposure_types import default_exposure_type, image_type
from mkrefs.instruments.irs2 import is_irs2
from mkrefs.instruments.readpatterns import ReadPattern, default_pattern, read_pattern
from mkrefs.instruments.subarrays import frame_time
from mkrefs.testing.truth import DetectorTruth

_MJD_EPOCH = datetime(1858, 11, 17)
_SECONDS_PER_DAY = 86400.0
# Usual filter and pupil by instrument, or by instrument and image type or channel.
_OPTICS: dict[str, tuple[str | None, str | None]] = {
    "NIRCAM LONG": ("F250M", "CLEAR"),
    "NIRCAM": ("F115W", "CLEAR"),
    "NIRISS": ("CLEAR", "F115W"),
    "NIRSPEC": ("OPAQUE", None),
    "FGS": (None, None),
    "MIRI D": ("OPAQUE", None),
    "MIRI": ("F770W", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSpec:
    """One exposure to simulate.

    Attributes
    ----------
    exp_type : str or None
        Value of EXP_TYPE; None takes the detector's dark.
    readpatt : str or None
        Value of READPATT; None takes the pattern that keeps every frame.
    ngroups, nints : int
        Groups of an integration, integrations.
    flux : float
        Light on a pixel of response 1, in DN/s; 0 for a dark.
    cosmic_ray_fraction : float or None
        Expected share of the pixels that cosmic rays touch in the exposure, neighbours included; None takes
        the rate of the levels.
    start : datetime
        Start of the exposure, UTC.
    filter, pupil : str or None
        Values of FILTER and PUPIL; None takes usual ones of the instrument.
    program : str
        Five digits.
    observation, visit, exposure : int
        Numbers that go to the header, to the file name, and into the seed.
    activity : str
        Five characters: visit group, parallel sequence, activity.
    seed : int
        Seed of the exposure's noise, not negative.
    name : str or None
        File name; None makes one as the archive does.
    """

    exp_type: str | None = None
    readpatt: str | None = None
    ngroups: int = 10
    nints: int = 1
    flux: float = 0.0
    cosmic_ray_fraction: float | None = None
    start: datetime = datetime(2024, 3, 1, 12, tzinfo=UTC)
    filter: str | None = None
    pupil: str | None = None
    program: str = "01062"
    observation: int = 1
    visit: int = 1
    exposure: int = 1
    activity: str = "02101"
    seed: int = 1
    name: str | None = None

    def __post_init__(self) -> None:
        _check_counts(self)

    def pattern(self, truth: DetectorTruth) -> ReadPattern:
        """Give the read-out pattern on a detector.

        Raises
        ------
        mkrefs.errors.UserError
            If the instrument does not have it, or not in the subarray: IRS2 reads only FULL.
        """
        instrument = truth.hardware.instrument
        if self.readpatt is None:
            return default_pattern(instrument)
        pattern = read_pattern(instrument, self.readpatt)
        if is_irs2(pattern.name) and truth.window.name != "FULL":
            raise UserError(
                f"read pattern {pattern.name} reads only FULL; use NRSRAPID or NRS for {truth.window.name}"
            )
        return pattern

    def exposure_type(self, truth: DetectorTruth) -> str:
        """Give the EXP_TYPE on a detector."""
        return self.exp_type or default_exposure_type(truth.hardware.instrument, truth.hardware.name, "D")

    def optics(self, truth: DetectorTruth) -> tuple[str | None, str | None]:
        """Give FILTER and PUPIL on a detector; None where the instrument has no such wheel."""
        detector, imtype = truth.hardware, image_type(self.exposure_type(truth))
        usual = _OPTICS[detector.instrument]
        for key in (detector.channel, imtype):
            usual = _OPTICS.get(f"{detector.instrument} {key}", usual)
        if detector.name.startswith("MIRIFU"):
            usual = (None, None)
        return self.filter or usual[0], self.pupil or usual[1]

    def file_name(self, truth: DetectorTruth) -> str:
        """Give the file's name.

        It is ``jw<program><observation><visit>_<activity>_<exposure>_<detector>_uncal.fits`` unless set.
        """
        if self.name is not None:
            return self.name
        visit = f"jw{self.program}{self.observation:03d}{self.visit:03d}"
        return f"{visit}_{self.activity}_{self.exposure:05d}_{truth.hardware.name.lower()}_uncal.fits"


@dataclass(frozen=True, slots=True)
class ExposureTimes:
    """Times of an exposure; durations in seconds, dates as MJD.

    Attributes
    ----------
    frame, group, integration, exposure : float
        TFRAME, TGROUP, EFFINTTM and EFFEXPTM.
    duration : float
        From start to end, resets between integrations included.
    begin, end : datetime
        Start and end, UTC, without time zone.
    """

    frame: float
    group: float
    integration: float
    exposure: float
    duration: float
    begin: datetime
    end: datetime


def exposure_times(truth: DetectorTruth, spec: ExposureSpec) -> ExposureTimes:
    """Compute the times of an exposure on a detector."""
    pattern = spec.pattern(truth)
    frame = frame_time(truth.hardware, truth.window, pattern.name)
    group = frame * (pattern.nframes + pattern.groupgap)
    integration = spec.ngroups * group - pattern.groupgap * frame
    duration = spec.nints * integration + (spec.nints - 1) * frame
    begin = spec.start.astimezone(UTC).replace(tzinfo=None) if spec.start.tzinfo else spec.start
    end = begin + timedelta(seconds=duration)
    return ExposureTimes(frame, group, integration, spec.nints * integration, duration, begin, end)


def outputs_read(truth: DetectorTruth, pattern: ReadPattern) -> int:
    """Give the number of outputs that read the window: with IRS2 the reference output is one of them."""
    return truth.window.noutputs + is_irs2(pattern.name)


def modified_julian_date(moment: datetime) -> float:
    """Turn a UTC date without time zone into an MJD."""
    return (moment - _MJD_EPOCH).total_seconds() / _SECONDS_PER_DAY


def exposure_metadata(truth: DetectorTruth, spec: ExposureSpec) -> ExposureMetadata:
    """Give the header facts of a simulated exposure, as a creator sees them."""
    pattern, times = spec.pattern(truth), exposure_times(truth, spec)
    detector, window = truth.hardware, truth.window
    optics = spec.optics(truth)
    return ExposureMetadata(
        instrument=detector.instrument, detector=detector.name, exp_type=spec.exposure_type(truth),
        readpatt=pattern.name, subarray=window.name, xstart=window.xstart, ystart=window.ystart,
        xsize=window.xsize, ysize=window.ysize, fastaxis=detector.fastaxis, slowaxis=detector.slowaxis,
        nints=spec.nints, ngroups=spec.ngroups, nframes=pattern.nframes, groupgap=pattern.groupgap,
        frame_time=times.frame, group_time=times.group, noutputs=outputs_read(truth, pattern),
        filter=optics[0], pupil=optics[1], channel=detector.channel, module=detector.module,
        date_obs=times.begin.date().isoformat(), time_obs=times.begin.time().isoformat("milliseconds"),
    )  # fmt: skip


def _check_counts(spec: ExposureSpec) -> None:
    for name in ("ngroups", "nints"):
        if getattr(spec, name) < 1:
            raise UserError(f"{name} is {getattr(spec, name)}, but an exposure has at least 1")
    if spec.seed < 0:
        raise UserError(f"seed is {spec.seed}, but must not be negative")
    if spec.cosmic_ray_fraction is not None and not 0 <= spec.cosmic_ray_fraction < 1:
        raise UserError(f"cosmic_ray_fraction is {spec.cosmic_ray_fraction}, but must be from 0 to below 1")

"""What a mosaic of calibrated images to simulate is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from mkrefs.errors import UserError
from mkrefs.instruments.detectors import DETECTORS

_INSTRUMENTS = ("NIRCAM", "NIRISS", "MIRI")
_AXES = {(fast * a, slow * b) for fast, slow in ((1, 2), (2, 1)) for a in (1, -1) for b in (1, -1)}
_SMALLEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicSpec:
    """A mosaic to simulate: tiles side by side, each taken with some dithers, on a scene of known truth.

    Brightness is in MJy/sr. An amplitude of 0 switches its effect off.

    Attributes
    ----------
    tiles : (int, int)
        Columns and rows of the grid of tiles.
    dithers : int
        Exposures of each tile.
    shape : (int, int)
        Rows and columns of an image.
    overlap : float
        Share of its size that a tile has in common with the next.
    dither_size : float
        Dithers lie within so many pixels of the middle of their tile, along x and y; never whole pixels.
    rotation : float
        Position angle of the y axis, degrees.
    rotation_scatter : float
        Scatter of the tiles about that, degrees rms.
    distortion : float
        Distortion of each detector: quadratic, so many pixels rms at the edges.
    centre : (float, float)
        Right ascension and declination of the middle of the mosaic, degrees.
    detectors : tuple of str
        Values of DETECTOR of the chips that expose together: of NIRCam, NIRISS or MIRI. Short-wave chips of
        NIRCam lie side by side, with gaps.
    axes : (int, int) or None
        FASTAXIS and SLOWAXIS; None takes those of the detector.
    filter, pupil : str or None
        Values of FILTER and PUPIL; None takes usual ones.
    backgrounds : int
        Dedicated background exposures (BKGDTARG) after the mosaic, away from its scene.
    sky_level : float
        Uniform brightness of the sky.
    source : float
        Peak of the extended source, which lies across several tiles.
    stars : int
        Stars for each tile.
    star_peak : float
        Peak of the brightest stars; the faintest have a 200th of it.
    psf_fwhm : float
        Width of a star, pixels.
    level : float
        Level offsets, rms over the images.
    slope : float
        What planes add at the middle of an edge, rms, for each of the two directions.
    stripes : float
        Stripes along the fast axis, rms.
    stripes_common : float
        Share of their variance that is common to the four amplifiers; the rest is of each.
    stripes_exponent : float
        Their power along the slow axis goes with 1/frequency to this: 1 for 1/f noise, 0 for rows that know
        nothing of each other.
    vertical_stripes : float
        Stripes along the slow axis, rms.
    ripple : float
        Amplitude of a ripple along the slow axis that is the same in all images of a detector.
    noise : float
        Noise of a pixel, rms.
    shot_noise : float
        Variance added for each MJy/sr of scene.
    cosmic_rays : float
        Share of the pixels that cosmic rays touch in each image; they are not flagged.
    bad_pixels : float
        Share of the pixels of a detector that are bad: DO_NOT_USE, and either NaN or wild in value.
    reference_pixels : bool
        Whether four pixels along each edge are reference pixels.
    flat : float
        Scatter of the flat field, rms; half of its variance is large-scale.
    flat_fielded : bool
        Whether the images were divided by the flat field.
    lyot : (int, int, int, int) or None
        First column, column after the last, first row, row after the last of a region with a level of its
        own, such as MIRI's Lyot coronagraph.
    start : datetime
        Start of the first exposure, UTC.
    program : str
        Five digits.
    observation : int
        Number of the observation; the visits are the tiles, the exposures their dithers.
    seed : int
        Not negative; the same specification gives the same pixels.
    """

    tiles: tuple[int, int] = (4, 2)
    dithers: int = 1
    shape: tuple[int, int] = (1024, 1024)
    overlap: float = 0.25
    dither_size: float = 12.0
    rotation: float = 25.0
    rotation_scatter: float = 0.5
    distortion: float = 0.0
    centre: tuple[float, float] = (150.1, 2.2)
    detectors: tuple[str, ...] = ("NRCALONG",)
    axes: tuple[int, int] | None = None
    filter: str | None = None
    pupil: str | None = None
    backgrounds: int = 0
    sky_level: float = 0.3
    source: float = 5.0
    stars: int = 40
    star_peak: float = 50.0
    psf_fwhm: float = 2.0
    level: float = 0.075
    slope: float = 0.0
    stripes: float = 0.034
    stripes_common: float = 0.5
    stripes_exponent: float = 1.0
    vertical_stripes: float = 0.0
    ripple: float = 0.0
    noise: float = 0.05
    shot_noise: float = 0.0
    cosmic_rays: float = 0.001
    bad_pixels: float = 0.002
    reference_pixels: bool = False
    flat: float = 0.0
    flat_fielded: bool = True
    lyot: tuple[int, int, int, int] | None = None
    start: datetime = datetime(2024, 3, 1, 12, tzinfo=UTC)
    program: str = "01062"
    observation: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        if min(*self.tiles, self.dithers) < 1:
            raise UserError(
                f"{self.tiles[0]} x {self.tiles[1]} tiles with {self.dithers} dithers are no mosaic; "
                "ask for at least one of each"
            )
        if min(self.shape) < _SMALLEST:
            raise UserError(f"images of {self.shape} pixels are too small; ask for {_SMALLEST} or more")
        if not 0 <= self.overlap < 1:
            raise UserError(f"tiles cannot overlap by {self.overlap}; ask for 0 to below 1")
        shares = {name: getattr(self, name) for name in ("cosmic_rays", "bad_pixels", "stripes_common")}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise UserError(f"{name} is a share, 0 to 1, not {share}")
        if self.axes is not None and self.axes not in _AXES:
            raise UserError(f"{self.axes} are no FASTAXIS and SLOWAXIS; one is 1 or -1, the other 2 or -2")
        self._check_detectors()

    def _check_detectors(self) -> None:
        known = [name for name, detector in DETECTORS.items() if detector.instrument in _INSTRUMENTS]
        imaging = [name for name in known if not name.startswith("MIRIFU")]
        kinds = {
            (DETECTORS[name].instrument, DETECTORS[name].channel)
            for name in self.detectors
            if name in imaging
        }
        if not set(self.detectors) <= set(imaging) or len(kinds) != 1:
            raise UserError(
                f"{', '.join(self.detectors) or 'no detector'} cannot image together; "
                f"choose of one instrument and channel among {', '.join(imaging)}"
            )

    @property
    def instrument(self) -> str:
        """Value of INSTRUME."""
        return DETECTORS[self.detectors[0]].instrument

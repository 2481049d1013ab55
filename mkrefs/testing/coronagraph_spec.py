"""What a set of coronagraphic exposures to simulate is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from mkrefs.errors import UserError

_SMALLEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CoronagraphSpec:
    """Exposures of stars behind NIRCam's mask MASKA335R: cubes with a plane for each integration.

    A star is seen at two roll angles, then a reference star at the places of a small grid, then both have
    their backgrounds taken. Brightness is in MJy/sr, places in pixels.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns.
    integrations : int
        Planes of each cube.
    rolls : int
        Exposures of the star, each at another roll angle.
    roll_step : float
        Degrees from one to the next.
    references : int
        Exposures of the reference star (IS_PSF).
    backgrounds : int
        Background exposures (BKGDTARG) of each of the two.
    mask_centre : (float, float) or None
        Pixel (x, y) of the middle of the mask, the first is (0, 0). None takes that of SUB320A335R where the
        shape is that of it, else 0.3 and 0.2 pixel beside the middle of the array.
    offset : float
        Shift of the star from the middle of the mask, rms over the exposures, along x and y.
    jitter : float
        What each integration adds to it, rms.
    grid : float
        Step of the small grid of the reference star.
    star : float
        Peak of the star without a mask.
    reference_brightness : float
        Of the reference star, times that.
    psf_fwhm : float
        Width of a star and of a speckle.
    speckles : int
        Speckles around each star; the same in all exposures but for `speckle_change`.
    speckle_change : float
        Change of their brightness from exposure to exposure, relative, rms.
    mask_radius : float
        Where the mask lets half of the light through.
    mask_depth : float
        Share of the light that it takes away in the middle; 0 for no mask.
    background : float
        Mean of the background, which is not uniform.
    noise : float
        Noise of a pixel, rms.
    bad_pixels : float
        Share of bad pixels, the same in all exposures: DO_NOT_USE, and either NaN or wild in value.
    cosmic_rays : float
        Share of the pixels that cosmic rays touch in each integration; they are not flagged.
    start : datetime
        Start of the first exposure, UTC.
    program : str
        Five digits.
    seed : int
        Not negative; the same specification gives the same pixels.
    """

    shape: tuple[int, int] = (320, 320)
    integrations: int = 4
    rolls: int = 2
    roll_step: float = 10.0
    references: int = 1
    backgrounds: int = 0
    mask_centre: tuple[float, float] | None = None
    offset: float = 0.3
    jitter: float = 0.03
    grid: float = 0.3
    star: float = 2000.0
    reference_brightness: float = 1.3
    psf_fwhm: float = 2.3
    speckles: int = 80
    speckle_change: float = 0.0
    mask_radius: float = 6.0
    mask_depth: float = 0.999
    background: float = 2.0
    noise: float = 0.5
    bad_pixels: float = 0.002
    cosmic_rays: float = 0.0
    start: datetime = datetime(2024, 3, 1, 12, tzinfo=UTC)
    program: str = "01062"
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.shape) < _SMALLEST:
            raise UserError(f"frames of {self.shape} pixels are too small; ask for {_SMALLEST} or more")
        if self.integrations < 1 or self.rolls + self.references + self.backgrounds < 1:
            raise UserError("a set without exposures or integrations cannot be simulated; ask for some")

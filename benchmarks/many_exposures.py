"""Any number of small darks that the catalog and the plan take for as many exposures, made in a moment."""

from datetime import datetime, timedelta
from pathlib import Path

from astropy.io import fits

from mkrefs.testing import DetectorTruth, ExposureSpec, simulate_exposure

_FIRST = datetime(2024, 3, 1, 12)
_MINUTES = 2
#: So many follow one another in a minute each; then there is a gap of a day.
GROUP = 10


def make_exposures(folder: Path, count: int) -> list[str]:
    """Write small darks in groups of `GROUP`, which lie a day apart; those that are there are kept.

    Parameters
    ----------
    folder : Path
        Where to.
    count : int
        How many.

    Returns
    -------
    list of str
        Their paths, in the order of time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = simulate_exposure(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec(ngroups=2), folder / "first")
    content = first.read_bytes()
    header = fits.getheader(first)
    paths = [folder / f"jw01062{number:06d}_02101_00001_nrcb1_uncal.fits" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            path.write_bytes(_dated(content, header, number, path.name))
    return [str(path) for path in paths]


def _dated(content: bytes, header: fits.Header, number: int, name: str) -> bytes:
    """Give the exposure with another date in its header, and other pixels."""
    group, place = divmod(number, GROUP)
    time = _FIRST + timedelta(days=group, minutes=_MINUTES * place)
    values = {"DATE-OBS": f"{time:%Y-%m-%d}", "TIME-OBS": f"{time:%H:%M:%S}.000"}
    for key, value in values.items():
        before = header.cards[key].image
        card = fits.Card(key, value, header.comments[key]).image
        content = content.replace(before.encode(), card.encode(), 1)
    return content[:-5000] + name.encode() + content[-5000 + len(name) :]

"""Finished runs that several tests look at or go on from, and how files and folders are compared."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

RunMkrefs = Callable[..., Any]

#: Where the plugin with the label toy_noise is.
_TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")
#: Whatever the archive calls them, exposures are told apart by their headers.
_CONFIGURATION = """
inputfiles:
   dark_pattern:
   flat_pattern:
   basenamepattern: (.*)_uncal.fits$
   requiredfitskeys: [INSTRUME,DETECTOR,NGROUPS,NINTS,TGROUP,SUBARRAY]
   optionalfitskeys: [FILTER,PUPIL]
D+:
   max_Delta_MJD: 0.5
output:
   outsubdir: test1
   runID: AUTO
   addsuffix: bla
readnoise:
   author: A tester
   description: CDS noise of a simulated detector
   useafter: 2022-01-01T00:00:00
"""


@pytest.fixture(scope="session")
def main_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A main configuration for flight-like names and headers."""
    path = tmp_path_factory.mktemp("configuration") / "main.yml"
    path.write_text(_CONFIGURATION, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def run_readnoise(mkrefs: RunMkrefs, main_config: Path, crds_cache: Path) -> RunMkrefs:
    """Run the main job for read noise into a folder, with one worker unless told otherwise."""

    def run(folder: Path, *words: object, **settings: Any) -> Any:
        settings = {"crds": crds_cache} | settings
        options = ("--cfgfile", main_config, "--outrootdir", folder, "--nproc", 1)
        return mkrefs("-v", *options, "readnoise", *words, **settings)

    return run


@pytest.fixture(scope="session")
def small_run(make_once: Callable[..., Path], run_readnoise: RunMkrefs, darks: Callable[[str], Any]) -> Path:
    """Output of an undisturbed run on three small darks; it is shared: read only."""
    return make_once("small_run", lambda folder: run_readnoise(folder, *darks("small")[:3]))


@pytest.fixture(scope="session")
def clean_run(make_once: Callable[..., Path], run_readnoise: RunMkrefs, darks: Callable[[str], Any]) -> Path:
    """Output of a run on twenty darks of 160 x 160 pixels without cosmic rays; it is shared: read only."""
    return make_once("clean_run", lambda folder: run_readnoise(folder, "--nproc", 2, *darks("clean")))


@pytest.fixture(scope="session")
def both(make_once: Callable[..., Path], run_readnoise: RunMkrefs, darks: Callable[[str], Any]) -> Path:
    """Output of a run for two labels that need different states of the same exposures; one fails."""

    def make(folder: Path) -> None:
        words = ("toy_noise", *darks("small")[:2], "--toy_noise.trouble", "user")
        done = run_readnoise(folder, *words, PYTHONPATH=_TOY, status=1)
        (folder / "said.txt").write_text(done.stdout + done.stderr)

    return make_once("both", make)


@pytest.fixture
def copied_run(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the output of the small run, to go on from."""
    return Path(shutil.copytree(small_run, tmp_path / "out"))


@pytest.fixture(scope="session")
def compare_with_truth(darks: Callable[[str], list[Path]]) -> Callable[[Path, str], tuple[float, float]]:
    """Give, over normal pixels, the median of file / injected CDS noise, and the share above 1.5."""

    def compare(path: Path, name: str) -> tuple[float, float]:
        with fits.open(darks(name)[0].parent / "truth.fits") as truth, fits.open(path) as measured:
            normal = truth["DEFECTS"].data == 0
            ratio = (measured["SCI"].data / truth["CDSNOISE"].data)[normal]
        assert np.isfinite(ratio).all()
        return float(np.median(ratio)), float((ratio > 1.5).mean())

    return compare


@pytest.fixture(scope="session")
def content() -> Callable[[Path], dict[str, Any]]:
    """Read all that a FITS file says, but when it was written: header cards, pixels, and the ASDF tree."""
    return _content


@pytest.fixture(scope="session")
def reference_files() -> Callable[[Path], dict[str, dict[str, Any]]]:
    """Read all FITS files below a folder, by relative path."""
    return lambda folder: {str(path.relative_to(folder)): _content(path) for path in folder.rglob("*.fits")}


@pytest.fixture(scope="session")
def leftovers() -> Callable[[Path], list[Path]]:
    """List what must not be left below a folder: temporaries, logs, and unfinished files."""

    def listed(folder: Path) -> list[Path]:
        odd = ("*.tmp", ".mkrefs-*", "*.log.txt", "*~")
        return sorted(path for pattern in odd for path in folder.rglob(pattern))

    return listed


def _content(path: Path) -> dict[str, Any]:
    from stdatamodels.jwst import datamodels

    found: dict[str, Any] = {}
    with fits.open(path) as hdus:
        for hdu in hdus:
            if hdu.name == "ASDF":
                continue
            cards = [
                str(card) for card in hdu.header.cards if card.keyword not in {"DATE", "CHECKSUM", "DATASUM"}
            ]
            found[f"{hdu.name} header"] = cards
            if hdu.data is not None:
                found[f"{hdu.name} data"] = (hdu.data.dtype.str, hdu.data.shape, hdu.data.tobytes())
    with datamodels.open(path) as model:
        tree = model.to_flat_dict(include_arrays=False)
    found["tree"] = {key: str(value) for key, value in tree.items() if key not in {"meta.date", "_fits_hash"}}
    return found

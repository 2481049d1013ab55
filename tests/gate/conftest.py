"""Reference files of one small detector, good ones of each type, and copies of them with a fault."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from astropy.io import fits

from mkrefs.gate.gate import check_file
from mkrefs.gate.rules import GateRules
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import DetectorTruth, make_reference_files


@pytest.fixture(scope="session")
def good(make_once) -> dict[str, Path]:
    """Good files of NRCB1 SUB64P by type; they are shared: read only."""

    def make(folder: Path) -> None:
        make_reference_files(DetectorTruth("NRCB1", "SUB64P"), folder)

    folder = make_once("gate", make)
    return {path.stem.rpartition("_")[2]: path for path in sorted(folder.glob("*.fits"))}


@pytest.fixture
def faulty(good, tmp_path) -> Callable[..., Path]:
    """Copy a file of a type and change it: `edit` takes the open HDUs."""

    def copy(reftype: str, edit: Callable[[fits.HDUList], None], name: str = "faulty.fits") -> Path:
        path = Path(shutil.copy(good[reftype], tmp_path / name))
        with fits.open(path, mode="update") as hdus:
            edit(hdus)
        return path

    return copy


@pytest.fixture(scope="session")
def rules() -> GateRules:
    """All installed checks, with the limits that come with mkrefs."""
    return GateRules(load_plugins().checks)


@pytest.fixture
def gate(rules) -> Callable[..., SimpleNamespace]:
    """Check a file; give the report with its findings as short text, errors and warnings apart."""

    def run(path: Path, limits=None, made_from=None) -> SimpleNamespace:
        report = check_file(path, GateRules(rules.checks, None, limits or {}), made_from)
        errors = [f"{each.check}: {each.what}" for each in report.errors]
        warnings = [f"{each.check}: {each.what}" for each in report.warnings]
        return SimpleNamespace(report=report, errors=errors, warnings=warnings)

    return run

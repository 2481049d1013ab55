"""A run folder as a run leaves it, with a sound final file, and a context to deliver it to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.crds_context import PrivateContext, add_references, create_context
from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.journal import CommandBegun, CommandEnded, JobEnded, Journal
from mkrefs.ledger.manifest import Manifest, manifest_beside, write_manifest

SIZE = 64
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: Header of the files: NRCB1 SUB64P, as the detector has it.
HEADER: dict[str, Any] = {
    "telescope": "JWST",
    "reftype": "READNOISE",
    "description": "CDS noise of March",
    "author": "A tester",
    "pedigree": "INFLIGHT 2024-03-01 2024-03-02",
    "useafter": "2024-01-01T00:00:00",
    "instrument.name": "NIRCAM",
    "instrument.detector": "NRCB1",
    "subarray.name": "SUB64P",
    "subarray.xstart": 1851,
    "subarray.ystart": 1817,
    "subarray.xsize": SIZE,
    "subarray.ysize": SIZE,
    "subarray.fastaxis": 1,
    "subarray.slowaxis": -2,
    "exposure.readpatt": "RAPID",
    "bunit_data": "DN",
}


def write_readnoise(path: Path, value: float = 10.0, **changes: str) -> Path:
    """Write a read noise file; keywords are values below meta, with ``__`` for a dot."""
    from stdatamodels.jwst import datamodels

    rng = np.random.default_rng(1)
    data = rng.normal(value, 0.5, (SIZE, SIZE)).astype(np.float32)
    header = HEADER | {key.replace("__", "."): text for key, text in changes.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with datamodels.ReadnoiseModel(data=data) as model:
        for key, text in header.items():
            model[f"meta.{key}"] = text
        model.add_history_entry(f"made for a test, level {value}")
        model.save(path)
    return path


class FakeRun:
    """A run folder with journal and manifests, made file by file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        begun = CommandBegun(START, str(folder), ("readnoise",), 1, "h", 1, "1", "c.pmap", ())
        self._append(begun)

    def end(self, status: int = 0) -> None:
        self._append(CommandEnded(START, status, (), "", ""))

    def job(self, *files: Path, kind: str = "CombineJob", state: str = "made", **changes: Any) -> None:
        names = tuple(map(str, files))
        job = JobEnded(START, f"job-{files[0].name}", kind, "readnoise", state, "", (), names, (), 2.0, "")
        self._append(replace(job, **changes))

    def manifest(self, path: Path, kind: str, inputs: tuple[Path, ...] = (), **job: Any) -> None:
        content = {"kind": kind, "label": "readnoise", "id": path.name, "output": str(path), **job}
        written = Manifest(
            state="made",
            job=content,
            fingerprint="f" * 32,
            inputs=tuple(record_file(str(each)) for each in inputs),
            outputs=(record_file(str(path)),),
            versions={"jwst": "3.0.0", "mkrefs": "1"},
            context="c.pmap",
            seconds=1.0,
            notes=(),
            warnings=(),
            started=START.isoformat(),
            ended=START.isoformat(),
            host="h",
            pid=1,
        )
        write_manifest(manifest_beside(path), written)

    def final(self, name: str = "a.final.readnoise.fits", **header: str) -> Path:
        """Make a final file from two exposures, with all that tells of it."""
        folder = self.folder / "readnoise"
        path = write_readnoise(folder / name, **header)
        ramps = []
        for day in ("01", "02"):
            ramp = self.folder / "ssb" / f"jw{day}_refpix.fits"
            ramp.parent.mkdir(exist_ok=True)
            cards = {"DATE-OBS": f"2024-03-{day}", "TIME-OBS": "01:00:00.000", "CAL_VER": "3.0.0"}
            fits.PrimaryHDU(header=fits.Header(cards)).writeto(ramp, overwrite=True)
            ramps.append({"role": "D1", "exposure": f"jw{day}", "path": str(ramp)})
        individual = folder / name.replace("final", "1234")
        individual.write_bytes(path.read_bytes())
        self.manifest(individual, "CreateJob", ramps=ramps)
        self.manifest(path, "CombineJob", individuals=[str(individual)], exposures=["jw01", "jw02"])
        self.job(path)
        return path

    def _append(self, event: Any) -> None:
        with Journal(self.folder) as journal:
            journal.append(event)


@pytest.fixture
def fake_run(tmp_path: Path) -> FakeRun:
    """A run folder without final files."""
    return FakeRun(tmp_path / "out" / "001")


@pytest.fixture
def good_run(fake_run: FakeRun) -> FakeRun:
    """A run that made one sound final file."""
    fake_run.final()
    fake_run.end()
    return fake_run


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> PrivateContext:
    """A context that has a read noise file of 2022 for the exposures of `HEADER`."""
    folder = tmp_path_factory.mktemp("context")
    old = write_readnoise(folder / "old.fits", 12.0, useafter="2022-01-01T00:00:00", description="of before")
    return add_references(create_context(folder / "crds").path, [old])


@pytest.fixture
def _in_context(context: PrivateContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the context in force."""
    monkeypatch.setenv("CRDS_PATH", str(context.path))


@pytest.fixture(scope="session")
def readnoise() -> Callable[..., Path]:
    """Write a read noise file."""
    return write_readnoise

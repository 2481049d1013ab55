"""A small run folder, written as a run would write it, and what its page says."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.journal import CommandBegun, CommandEnded, JobEnded, Journal
from mkrefs.ledger.manifest import Manifest, manifest_beside, write_manifest
from mkrefs.report.write import write_report

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: Elements that have no end.
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Run:
    """A run folder that is written piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def append(self, event: Any) -> None:
        with Journal(self.folder) as journal:
            journal.append(event)

    def begin(self, **changes: Any) -> None:
        values = {"labels": ("readnoise",), "jobs": 3, "context": "jwst_0009.pmap", "command": ("mkrefs",)}
        values |= changes
        self.append(
            CommandBegun(time=START, folder=str(self.folder), host="h", pid=1, mkrefs="1.2", **values)
        )

    def end(self, status: int = 0, **changes: Any) -> None:
        values = {"unfinished": (), "interrupted_by": "", "error": ""} | changes
        self.append(CommandEnded(time=START + timedelta(minutes=3), exit_status=status, **values))

    def job(self, path: Path, kind: str = "CombineJob", state: str = "made", **changes: Any) -> None:
        values = {"reason": "", "inputs": (), "exposures": ("e1", "e2"), "seconds": 2.5, "log": ""} | changes
        self.append(
            JobEnded(
                time=START,
                job=f"{kind}-{path.name}",
                kind=kind,
                label="readnoise",
                state=state,
                outputs=(str(path),),
                **values,
            )
        )

    def append_correction(
        self, path: Path, inputs: Any, state: str = "made", reason: str = "", job: str = "level_match-ab"
    ) -> None:
        """Tell of one of the files of a correction."""
        self.append(
            JobEnded(
                time=START, job=job, kind="CorrectJob", label="level_match", state=state,
                outputs=(str(path),), reason=reason, inputs=tuple(inputs), exposures=("e0", "e1"),
                seconds=1.5, log="",
            )
        )  # fmt: skip

    def file(self, name: str, *hdus: Any, **keywords: Any) -> Path:
        """Write a reference file."""
        path = self.folder / "readnoise" / name
        path.parent.mkdir(exist_ok=True)
        primary = fits.PrimaryHDU()
        values = {"REFTYPE": "READNOISE", "INSTRUME": "NIRCAM", "DETECTOR": "NRCA1", "DESCRIP": "Noise"}
        primary.header.update(values | keywords)
        fits.HDUList([primary, *hdus]).writeto(path)
        return path

    def manifest(self, path: Path, **job: Any) -> None:
        write_manifest(
            manifest_beside(path),
            Manifest(
                state="made",
                job=job,
                fingerprint="abc123",
                inputs=(),
                outputs=(record_file(str(path)),),
                versions={"mkrefs": "1.2", "jwst": "3.0"},
                context="jwst_0009.pmap",
                seconds=2.5,
                notes=("a note",),
                warnings=(),
                started=START.isoformat(),
                ended=START.isoformat(),
                host="h",
                pid=1,
            ),
        )

    def beside(self, path: Path, suffix: str, content: Any) -> Path:
        """Write a report beside a file."""
        report = path.with_name(f"{path.name.removesuffix('.fits')}.{suffix}")
        report.write_text(content if isinstance(content, str) else json.dumps(content))
        return report

    def page(self) -> str:
        return write_report(self.folder).read_text(encoding="utf-8")


class Page(HTMLParser):
    """What a page consists of; every element that begins must end, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} stands twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def image(array: Any, name: str = "SCI", unit: str = "DN") -> fits.ImageHDU:
    hdu = fits.ImageHDU(np.asarray(array), name=name)
    if unit:
        hdu.header["BUNIT"] = unit
    return hdu


def flags(dq: Any, *names: str) -> list[Any]:
    """Give DQ and its table, whose bits have the names given."""
    rows = [(bit, 1 << bit, name, "") for bit, name in enumerate(names)]
    form = [("BIT", "<u4"), ("VALUE", "<u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")]
    table = fits.BinTableHDU(np.array(rows, dtype=form), name="DQ_DEF")
    return [fits.ImageHDU(np.asarray(dq, dtype=np.uint32), name="DQ"), table]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "001")


@pytest.fixture
def make() -> SimpleNamespace:
    return SimpleNamespace(image=image, flags=flags)


@pytest.fixture
def parsed() -> Callable[[str], Page]:
    return Page


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(3).normal(6.0, 0.5, (40, 60)).astype(np.float32)

"""Cases of the first slice: the command line's answer, the catalog, grouping, and the demonstration."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.case import Case
from mkrefs.catalog import CatalogRules, build_catalog
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.grouping import group_exposures
from mkrefs.testing import DetectorTruth, ExposureSpec, simulate_exposure

_MODES = (("NRCA1", "FULL"), ("NRCA1", "SUB160"), ("NRCB1", "FULL"), ("NRCBLONG", "SUB320"))


@contextmanager
def cases() -> Iterator[list[Case]]:
    """Make the data once and give the cases."""
    with TemporaryDirectory() as folder:
        exposures = _thousand_exposures(Path(folder))
        table = _ten_thousand_rows()
        yield [
            Case("mkrefs --help", 0.5, partial(_command, "--help"), repeat=5),
            Case("catalog of 1,000 exposures", 5.0, partial(build_catalog, exposures, CatalogRules())),
            *(
                Case(f"grouping of 10,000 exposures, {imtypes}", 1.0, partial(_group, table, imtypes))
                for imtypes in ("D", "DD", "D+", "FF", "DDFF")
            ),
            Case("mkrefs demo", 180.0, partial(_demo, Path(folder) / "demo"), repeat=1),
        ]


def _command(*words: str) -> None:
    script = Path(sys.executable).with_name("mkrefs")
    subprocess.run([script, *words], check=True, capture_output=True)


def _demo(folder: Path) -> None:
    _command("demo", "--outdir", str(folder))


def _group(table: pd.DataFrame, imtypes: str) -> None:
    group_exposures(table, parse_imtypes(imtypes), window=2.0, same=("DETECTOR", "READPATT", "SUBARRAY"))


def _thousand_exposures(folder: Path) -> list[str]:
    truth = DetectorTruth("NRCB1", "SUB64P")
    first = simulate_exposure(truth, ExposureSpec(ngroups=2), folder)
    paths = [folder / f"e{number:04d}_uncal.fits" for number in range(1000)]
    for path in paths:
        shutil.copyfile(first, path)
        with path.open("r+b") as stream:  # a byte of the pixels, so that no file is a copy of another
            stream.seek(-5000, 2)
            stream.write(path.name.encode())
    return [str(path) for path in paths]


def _ten_thousand_rows() -> pd.DataFrame:
    random = np.random.default_rng(1)
    size = 10_000
    modes = [_MODES[index] for index in random.integers(len(_MODES), size=size)]
    return pd.DataFrame(
        {
            "exposure": [f"e{number:05d}" for number in range(size)],
            "imtype": random.choice(["D", "F"], size),
            "mjd": 60000 + np.sort(random.uniform(0, 1000, size)),
            "INSTRUME": "NIRCAM",
            "DETECTOR": [detector for detector, _ in modes],
            "SUBARRAY": [subarray for _, subarray in modes],
            "READPATT": random.choice(["RAPID", "BRIGHT1"], size),
            "FILTER": random.choice(["F115W", "F200W"], size),
            "PUPIL": "CLEAR",
            "SUBSTRT1": 1,
            "SUBSTRT2": 1,
            "SUBSIZE1": 2048,
            "SUBSIZE2": 2048,
        }
    )

"""A context with read noise rules, and small reference files, sound and broken."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.crds_context import PrivateContext, add_references, create_context

SIZE = 64
HEADER = {
    "telescope": "JWST",
    "description": "made for a test",
    "author": "a test",
    "pedigree": "GROUND",
    "useafter": "2022-01-01T00:00:00",
    "instrument.name": "NIRCAM",
    "instrument.detector": "NRCB1",
    "subarray.name": "SUB64P",
    "subarray.xstart": 1851,
    "subarray.ystart": 1817,
    "subarray.xsize": SIZE,
    "subarray.ysize": SIZE,
    "subarray.fastaxis": 1,
    "subarray.slowaxis": -2,
}


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Sound files by type."""
    from stdatamodels.jwst import datamodels

    folder = tmp_path_factory.mktemp("references")
    data = np.ones((SIZE, SIZE), dtype=np.float32)
    columns = [("BIT", "u4"), ("VALUE", "u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")]
    dq_def = np.array([(0, 1, "DO_NOT_USE", "bad")], dtype=columns)
    models = {
        "gain": datamodels.GainModel(data=data),
        "mask": datamodels.MaskModel(dq=np.zeros((SIZE, SIZE), dtype=np.uint32), dq_def=dq_def),
        "readnoise": datamodels.ReadnoiseModel(data=data),
    }
    special = {
        "gain": {"bunit_data": "ELECTRONS/DN"},
        "mask": {},
        "readnoise": {"bunit_data": "DN", "exposure.readpatt": "RAPID"},
    }
    for reftype, model in models.items():
        for key, value in {**HEADER, **special[reftype], "reftype": reftype.upper()}.items():
            model[f"meta.{key}"] = value
        model.add_history_entry("made for a test")
        model.save(folder / f"{reftype}.fits")
        model.close()
    return {reftype: folder / f"{reftype}.fits" for reftype in models}


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory, references: dict[str, Path]) -> PrivateContext:
    """A context with a read noise file and nothing else."""
    folder = tmp_path_factory.mktemp("context") / "cache"
    create_context(folder)
    return add_references(folder, [references["readnoise"]])


@pytest.fixture
def altered(references: dict[str, Path], tmp_path: Path) -> Callable[..., Path]:
    """Copy the read noise file under another name, with keywords changed; None removes one."""

    def alter(name: str, **keywords: Any) -> Path:
        path = Path(shutil.copy(references["readnoise"], tmp_path / name))
        with fits.open(path, mode="update") as hdus:
            for keyword, value in keywords.items():
                if value is None:
                    del hdus[0].header[keyword]
                else:
                    hdus[0].header[keyword] = value
        return path

    return alter

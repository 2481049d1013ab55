"""Small reference files of several types, made with the data models that the pipeline reads them with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mkrefs.crds_context import PrivateContext, create_context

SIZE = 64
MakeReference = Callable[..., Path]


@pytest.fixture(scope="session")
def make_reference(tmp_path_factory: pytest.TempPathFactory) -> MakeReference:
    """Write a file of NRCB1 SUB64P; ``changes`` are values by path below meta, None to leave out."""
    from stdatamodels.jwst import datamodels

    folder = tmp_path_factory.mktemp("references")

    def make(reftype: str, /, name: str = "", fill: float = 1.0, **changes: Any) -> Path:
        data = np.full((SIZE, SIZE), fill, dtype=np.float32)
        models = {
            "gain": lambda: datamodels.GainModel(data=data),
            "mask": lambda: datamodels.MaskModel(dq=data.astype(np.uint32), dq_def=_dq_def()),
            "readnoise": lambda: datamodels.ReadnoiseModel(data=data),
            "saturation": lambda: datamodels.SaturationModel(
                data=data, dq=np.zeros((SIZE, SIZE), dtype=np.uint32), dq_def=_dq_def()
            ),
        }
        values = {
            "telescope": "JWST",
            "reftype": reftype.upper(),
            "description": "made for a test",
            "author": "a test",
            "pedigree": "GROUND",
            "useafter": "2022-01-01T00:00:00",
            "instrument__name": "NIRCAM",
            "instrument__detector": "NRCB1",
            "subarray__name": "SUB64P",
            "subarray__xstart": 1851,
            "subarray__ystart": 1817,
            "subarray__xsize": SIZE,
            "subarray__ysize": SIZE,
            "subarray__fastaxis": 1,
            "subarray__slowaxis": -2,
            "exposure__readpatt": "ANY" if reftype == "readnoise" else None,
            "bunit_data": {"readnoise": "DN", "gain": "ELECTRONS/DN"}.get(reftype),
            **changes,
        }
        path = folder / f"{name or reftype}.fits"
        with models[reftype]() as model:
            for key, value in values.items():
                if value is not None:
                    model[f"meta.{key.replace('__', '.')}"] = value
            model.add_history_entry("made for a test")
            model.save(path)
        return path

    return make


@pytest.fixture
def empty_context(tmp_path: Path) -> PrivateContext:
    """A new context without files."""
    return create_context(tmp_path / "cache")


def _dq_def() -> Any:
    rows = [(0, 1, "DO_NOT_USE", "bad")]
    return np.array(rows, dtype=[("BIT", "u4"), ("VALUE", "u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")])

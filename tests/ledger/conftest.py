from pathlib import Path

import pytest

from mkrefs.jobs.calibrating import CalibrateJob, Product


@pytest.fixture
def job(tmp_path: Path) -> CalibrateJob:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "e1_uncal.fits").write_text("raw")
    (tmp_path / "in" / "mask.fits").write_text("mask")
    (tmp_path / "out").mkdir()
    return CalibrateJob(
        id="calibrate-e1",
        exposure="e1",
        source=str(tmp_path / "in" / "e1_uncal.fits"),
        steps=("dq_init", "saturation"),
        products=(
            Product(("dq_init",), str(tmp_path / "out" / "e1_dq_init.fits")),
            Product(("dq_init", "saturation"), str(tmp_path / "out" / "e1_saturation.fits")),
        ),
        overrides={"mask": str(tmp_path / "in" / "mask.fits")},
    )

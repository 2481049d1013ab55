import os
import subprocess
import sys

import numpy as np
import pytest

from mkrefs.crds_context import create_context
from mkrefs.testing import DetectorTruth, ExposureSpec, make_reference_files, simulate_exposure

pytestmark = pytest.mark.pipeline

# A process of its own: crds reads its environment once and keeps the context for good.
STEPS = """
import sys
from jwst.dq_init import DQInitStep
from jwst.refpix import RefPixStep
from jwst.saturation import SaturationStep
from jwst.superbias import SuperBiasStep
from stdatamodels.jwst.datamodels import RampModel

exposure, mask, saturation, superbias, product = sys.argv[1:]
with RampModel(exposure) as ramp:
    ramp = DQInitStep.call(ramp, override_mask=mask)
    ramp = SaturationStep.call(ramp, override_saturation=saturation, override_superbias=superbias)
    ramp = SuperBiasStep.call(ramp, override_superbias=superbias)
    ramp = RefPixStep.call(ramp)
    ramp.save(product)
"""


def run_steps(cache, *arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRDS_")}
    command = [sys.executable, "-c", STEPS, *map(str, arguments)]
    done = subprocess.run(command, env=kept | {"CRDS_PATH": str(cache)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_pipeline_brings_a_dark_back_to_its_noise(tmp_path):
    from stdatamodels.jwst.datamodels import RampModel

    truth = DetectorTruth("NRCA1", "SUB160")
    exposure = simulate_exposure(truth, ExposureSpec(ngroups=12, nints=2), tmp_path)
    files = make_reference_files(truth, tmp_path / "refs", types={"mask", "saturation", "superbias"})
    cache = create_context(tmp_path / "crds").path
    product = tmp_path / "refpix.fits"

    run_steps(cache, exposure, files["mask"], files["saturation"], files["superbias"], product)

    with RampModel(str(product)) as ramp:
        assert ramp.meta.cal_step.refpix == "COMPLETE"
        data, flagged = np.array(ramp.data), (np.array(ramp.groupdq) != 0).any(axis=(0, 1))
    quiet = truth.normal & ~flagged
    assert quiet.mean() > 0.9
    assert np.median(data[:, :, quiet]) == pytest.approx(0.0, abs=0.5)
    pairs = np.diff(data, axis=1)[:, ::2]
    ratio = pairs[:, :, quiet] / truth.cds_noise[quiet]
    # Of normal deviates 68.27 % lie within one standard deviation; rare cosmic rays do not matter.
    assert np.quantile(np.abs(ratio), 0.6827) == pytest.approx(1.0, abs=0.01)

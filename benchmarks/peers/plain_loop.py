"""Raw darks to a read noise file without a pipeline manager: the steps of jwst in a loop, then jwst_reffiles.

Each run is a process of its own, as a user starts a script.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving import serve


def loop(given: Mapping[str, Any]) -> None:
    """Run the loop in a new process."""
    words = [sys.executable, __file__, json.dumps(dict(given))]
    surroundings = {**os.environ, "CRDS_PATH": given["crds"], "PYTHONWARNINGS": "ignore"}
    subprocess.run(words, check=True, env=surroundings, cwd=Path(given["output"]).parent)


def once(given: Mapping[str, Any]) -> None:
    """Calibrate all exposures, make the read noise file, certify it."""
    from jwst_reffiles.readnoise.readnoise import make_readnoise

    output = Path(given["output"])
    output.unlink(missing_ok=True)
    ramps = [calibrate(Path(path), output.parent) for path in given["exposures"]]
    header = {"subarray": None, "readpatt": "RAPID", "pedigree": "SIMULATION"}
    make_readnoise(ramps, outfile=str(output), useafter="2024-03-01T00:00:00", **header)
    context = max(Path(given["crds"]).glob("mappings/jwst/*.pmap")).name
    words = [sys.executable, "-m", "crds.certify", "--jwst", "-x", context, str(output)]
    subprocess.run(words, check=False)  # its file lacks what certify wants


def calibrate(path: Path, folder: Path) -> str:
    """Take an exposure through the steps before the noise is measured, and save the ramp."""
    from jwst.dq_init import DQInitStep
    from jwst.refpix import RefPixStep
    from jwst.saturation import SaturationStep
    from jwst.superbias import SuperBiasStep
    from stdatamodels.jwst.datamodels import RampModel

    ramp = RampModel(str(path))
    for step in (DQInitStep, SaturationStep, SuperBiasStep, RefPixStep):
        ramp = step.call(ramp)
    made = folder / path.name.replace("_uncal", "_refpix")
    ramp.save(str(made))
    ramp.close()
    return str(made)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        once(json.loads(sys.argv[1]))
    else:
        serve({"loop": loop}, ("jwst", "jwst_reffiles", "crds", "numpy"))

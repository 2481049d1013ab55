"""The command that makes reference files of raw exposures, in a process of its own as a user starts it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MKREFS = Path(sys.executable).with_name("mkrefs")
_CONFIGURATION = """
instrument: NIRCam
inputfiles:
   dark_pattern:
   flat_pattern:
   basenamepattern: (.*)_uncal.fits$
D+:
   max_Delta_MJD: 5
readnoise:
   method: stack
   useafter: AUTO
output:
   certify_individuals: false
   report: false
"""


def run(given: Mapping[str, Any]) -> None:
    """Make a read noise file of raw darks: calibrated, individual, final, certified.

    Parameters
    ----------
    given : mapping
        ``exposures`` (paths), ``crds`` (the cache), ``cores`` and ``output``, where the final file goes.
    """
    output = Path(given["output"])
    folder = output.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    configuration = output.parent / "main.yml"
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    options = ["--cfgfile", configuration, "--outrootdir", folder, "--nproc", given["cores"]]
    words = [_MKREFS, *options, "readnoise", *given["exposures"]]
    subprocess.run(list(map(str, words)), check=True, env={**os.environ, "CRDS_PATH": given["crds"]})
    (final,) = folder.glob("**/readnoise/*.final_*.fits")
    shutil.copyfile(final, output)


def tell_usage(given: Mapping[str, Any]) -> int:
    """Have the command tell what it can do; give the number of lines."""
    told = subprocess.run([_MKREFS, "--help"], check=True, capture_output=True, text=True)
    return len(told.stdout.splitlines())

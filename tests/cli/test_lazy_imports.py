import json
import subprocess
import sys

import pytest

HEAVY = {"jwst", "stdatamodels", "crds", "pandas", "astropy", "numba", "scipy", "asdf"}
REPORT = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
RUN = f"""
import sys
from mkrefs.cli.main import main
sys.argv = ["mkrefs", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
{REPORT}
"""


def modules_after(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["plan", "--help"],
        ["demo", "--help"],
        ["overview", "--help"],
        ["plugins"],
        ["describe", "readnoise"],
    ],
)
def test_commands_that_only_tell_something_import_nothing_heavy(words):
    assert not modules_after(RUN, *words) & HEAVY


@pytest.mark.parametrize(
    "module", ["mkrefs.api", "mkrefs.testing", "mkrefs_detector", "mkrefs.running.worker_process"]
)
def test_light_modules_import_nothing_heavy(module):
    assert not modules_after(f"import {module}; {REPORT}") & HEAVY


def test_planning_imports_neither_the_pipeline_nor_crds(tmp_path):
    found = modules_after(RUN, "plan", "readnoise", str(tmp_path / "absent.fits"))
    assert not found & {"jwst", "stdatamodels", "crds", "numba"}

"""A change that is killed leaves the context in force as it was, and the next change works."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mkrefs.crds_context import PrivateContext, add_references, open_context, show_context
from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.process import run_worker
from mkrefs.crds_context.staging import install, staged

ADD = "import sys; from pathlib import Path; from mkrefs.crds_context import add_references as add; "


def test_without_the_last_rename_the_old_context_is_in_force(
    empty_context: PrivateContext, make_reference: Any
) -> None:
    cache = Cache(empty_context.path)
    gain = make_reference("gain")
    request = {
        "task": "add",
        "context": empty_context.context,
        "references": str(cache.root),
        "files": [str(gain)],
    }
    with staged(cache) as copy:
        run_worker(copy, request)
        install(copy, cache)
    assert (cache.mappings / "jwst_0001.pmap").is_file()
    assert open_context(cache.root) == empty_context
    after = add_references(cache.root, [gain])
    assert after.context == "jwst_0002.pmap"
    assert [entry.file for entry in show_context(cache.root).entries] == ["jwst_nircam_gain_0002.fits"]


def test_killed_while_crds_works(empty_context: PrivateContext, make_reference: Any) -> None:
    gain = make_reference("gain")
    code = f"{ADD} add(Path(sys.argv[1]), [Path(sys.argv[2])])"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(empty_context.path), str(gain)], start_new_session=True
    )
    try:
        _wait_for_staging(empty_context.path)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert open_context(empty_context.path) == empty_context
    assert list(empty_context.path.glob(".mkrefs-staging-*"))
    assert add_references(empty_context.path, [gain]).context == "jwst_0001.pmap"
    assert not list(empty_context.path.glob(".mkrefs-staging-*"))


def _wait_for_staging(folder: Path) -> None:
    for _ in range(12_000):
        if list(folder.glob(".mkrefs-staging-*/request.json")):
            return
        time.sleep(0.01)
    raise AssertionError("the change never began")

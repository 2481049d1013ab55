"""The level match and the destriping of pjpipe; run under the interpreter of its own environment.

Importing the package as a whole asks for spacepylot, which another of its steps uses and PyPI does not have.
So these two steps are imported without the others.
"""

import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from serving import serve


def prepare_package() -> None:
    """Let modules of the package be imported without what the package itself imports."""
    spec = find_spec("pjpipe")
    package = ModuleType("pjpipe")
    package.__path__ = list(spec.submodule_search_locations)
    package.__version__ = version("pjpipe")
    sys.modules["pjpipe"] = package


def level_match(given: Mapping[str, Any]) -> None:
    """Match the levels of the images of a folder."""
    from pjpipe.level_match import LevelMatchStep

    LevelMatchStep(**_folders(given), step_ext="cal", procs=given["cores"], band="F444W").do_step()


def multi_tile_destripe(given: Mapping[str, Any]) -> None:
    """Take the stripes off the images of a folder."""
    from pjpipe.multi_tile_destripe import MultiTileDestripeStep

    MultiTileDestripeStep(**_folders(given), step_ext="cal", procs=given["cores"]).do_step()


def _folders(given: Mapping[str, Any]) -> dict[str, str]:
    """Name the folders; what an earlier run left is removed, or nothing would be done."""
    folder = Path(given["output"]).parent
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    return {"in_dir": str(Path(given["images"][0]).parent), "out_dir": str(folder)}


if __name__ == "__main__":
    prepare_package()
    serve(
        {"level_match": level_match, "multi_tile_destripe": multi_tile_destripe},
        ("pjpipe", "jwst", "reproject", "astropy", "numpy"),
    )

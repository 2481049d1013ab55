"""Cubes of a star behind a coronagraph with bad pixels, and the same cubes without noise."""

from pathlib import Path

import numpy as np

from benchmarks.data.kept import kept
from mkrefs.testing import CoronagraphSpec, simulate_coronagraph, write_coronagraph

#: File of what the cubes hold without noise and blemishes.
CLEAN = "clean.npz"
_OPTIONS = {"rolls": 2, "references": 1, "bad_pixels": 0.004, "cosmic_rays": 0.002, "jitter": 0.0}


def cubes(folder: Path, integrations: int, size: int) -> list[str]:
    """Give the paths of three cubes, made below a folder if they are not there."""
    spec = CoronagraphSpec(integrations=integrations, shape=(size, size), **_OPTIONS)

    def make(place: Path) -> None:
        observed = simulate_coronagraph(spec)
        paths = write_coronagraph(observed, place)
        truths = zip(paths, observed.truth.values(), strict=True)
        np.savez(place / CLEAN, **{path.name: truth.clean for path, truth in truths})

    own = kept(
        folder / f"coronagraph_{integrations}x{size}", {"integrations": integrations, "size": size}, make
    )
    return [str(path) for path in sorted(own.glob("*_calints.fits"))]

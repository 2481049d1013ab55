"""A stack of images with outliers, as one array."""

from pathlib import Path

import numpy as np

from benchmarks.data.kept import kept

_LEVEL, _NOISE, _OUTLIERS, _HIT = 100.0, 5.0, 0.001, 300.0


def stack_file(folder: Path, images: int, size: int) -> str:
    """Give the path of a stack of float32, made below a folder if it is not there."""

    def make(place: Path) -> None:
        random = np.random.default_rng(1)
        stack = np.lib.format.open_memmap(place / "stack.npy", "w+", np.float32, (images, size, size))
        for image in stack:
            image[...] = _LEVEL + _NOISE * random.standard_normal(image.shape, np.float32)
            hits = random.integers(0, image.size, int(_OUTLIERS * image.size))
            image.reshape(-1)[hits] += _HIT
        stack.flush()

    own = kept(folder / f"stack_{images}x{size}", {"images": images, "size": size}, make)
    return str(own / "stack.npy")

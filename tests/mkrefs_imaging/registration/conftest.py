"""A star with a halo and speckles as a formula, so that its image at any place is known."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def star():
    """A function: image of shape (n, n) of a star at (x, y), and with a companion if wanted."""
    random = np.random.default_rng(5)
    angle, radius = random.uniform(0, 2 * np.pi, 50), random.uniform(3, 30, 50)
    strength = 1000 * random.random(50) * np.exp(-radius / 12)

    def image(x, y, *, n=80, companion=None):
        rows, columns = np.mgrid[:n, :n].astype(float)
        value = 50 / (1 + ((columns - x) ** 2 + (rows - y) ** 2) / 64) ** 1.5
        for one, far, peak in zip(angle, radius, strength, strict=True):
            value += _point(columns - x - far * np.cos(one), rows - y - far * np.sin(one), peak)
        if companion is not None:
            value += _point(columns - x - 25 * np.cos(companion), rows - y - 25 * np.sin(companion), 400)
        return value

    return image


def _point(x, y, peak):
    return peak * np.exp(-(x**2 + y**2) / 2 / 1.2**2)

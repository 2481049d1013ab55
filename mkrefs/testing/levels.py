"""How strong the simulated effects are, by instrument.

The values are representative; they calibrate no detector.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mkrefs.instruments.detectors import Detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Amplitudes and abundances of the effects; signals in DN unless said otherwise.

    Attributes
    ----------
    bias, bias_scatter : float
        Mean level, and scatter from pixel to pixel (DN).
    amplifier_offset, column_offset : float
        Standard deviation of the constant offsets of amplifiers, and of odd and even columns (DN).
    amplifier_drift : float
        Standard deviation of the offsets' change from group to group (DN).
    reset_noise : float
        kTC noise (DN).
    read_noise, read_noise_scatter : float
        Median noise of a single read (DN), and logarithmic scatter of the map.
    noisy_factor : float
        Largest factor of a noisy pixel; the smallest is half of it.
    one_over_f : float
        Standard deviation of the correlated noise of one group (DN).
    dark_current, dark_scatter : float
        Median dark current of normal pixels (DN/s), and logarithmic scatter.
    hot_current, warm_current, hot_scatter : float
        Median dark current of hot and warm pixels (DN/s), and logarithmic scatter of both.
    low_qe : float
        Response of pixels of low quantum efficiency.
    open_share : float
        Share of an open pixel's light that each of its four neighbours collects.
    rc_signal, rc_time : float
        Final level (DN) of RC pixels, first level of inverse ones, and time constant (s) of both.
    low_pedestal : float
        By how much the level of pixels with a low pedestal lies below their bias (DN).
    telegraph_step, telegraph_rate : float
        Median step (DN) of telegraph pixels, and the chance to change level between two groups.
    cosmic_ray_rate : float
        Hits per pixel and second.
    cosmic_ray_signal, cosmic_ray_scatter, cosmic_ray_share : float
        Median signal of a hit (DN), its logarithmic scatter, and the share each of the four neighbours
        gets on top.
    gain, gain_scatter : float
        Mean gain (electrons per DN), and relative scatter.
    brighter_fatter : float
        Share of the arriving charge that crosses to each of the four neighbours, for each electron held more.
    nonlinearity, nonlinearity_scatter : float
        Quadratic coefficient of the correction (1/DN), and its relative scatter.
    full_well, well_scatter : float
        Measured signal above the bias at which a pixel saturates (DN), and its relative scatter.
    response_scatter, lamp_gradient : float
        Relative scatter of the pixels' response, and relative amplitude of the lamp's smooth pattern.
    ipc : float
        Share of a pixel's signal that each of its four neighbours shows.
    noisy_fraction, hot_fraction, warm_fraction, dead_fraction, low_qe_fraction : float
    open_fraction, rc_fraction, telegraph_fraction, inverse_rc_fraction, low_pedestal_fraction : float
        Share of the pixels that have the defect.
    """

    bias: float = 12000.0
    bias_scatter: float = 300.0
    amplifier_offset: float = 60.0
    column_offset: float = 20.0
    amplifier_drift: float = 1.0
    reset_noise: float = 18.0
    read_noise: float = 5.4
    read_noise_scatter: float = 0.06
    noisy_factor: float = 8.0
    one_over_f: float = 2.0
    dark_current: float = 0.001
    dark_scatter: float = 0.3
    hot_current: float = 5.0
    warm_current: float = 0.2
    hot_scatter: float = 0.5
    low_qe: float = 0.3
    open_share: float = 0.2
    rc_signal: float = 600.0
    rc_time: float = 3.0
    low_pedestal: float = 300.0
    telegraph_step: float = 60.0
    telegraph_rate: float = 0.2
    cosmic_ray_rate: float = 1.6e-5
    cosmic_ray_signal: float = 300.0
    cosmic_ray_scatter: float = 1.0
    cosmic_ray_share: float = 0.1
    gain: float = 2.05
    gain_scatter: float = 0.01
    brighter_fatter: float = 4e-7
    nonlinearity: float = 1.2e-6
    nonlinearity_scatter: float = 0.05
    full_well: float = 45000.0
    well_scatter: float = 0.02
    response_scatter: float = 0.01
    lamp_gradient: float = 0.05
    ipc: float = 0.0053
    noisy_fraction: float = 0.002
    hot_fraction: float = 0.002
    warm_fraction: float = 0.004
    dead_fraction: float = 0.001
    low_qe_fraction: float = 0.002
    open_fraction: float = 0.0005
    rc_fraction: float = 0.0005
    telegraph_fraction: float = 0.001
    inverse_rc_fraction: float = 0.0
    low_pedestal_fraction: float = 0.0


# Sources: JDox "NIRCam Detector Performance" and its sister pages of the other instruments, rounded.
_BY_DETECTOR: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "NIRCAM LONG": {"gain": 1.82, "read_noise": 5.1, "dark_current": 0.019, "full_well": 43000.0},
        "NIRISS": {"gain": 1.61, "read_noise": 6.5, "dark_current": 0.016, "full_well": 50000.0},
        "NIRSPEC": {"gain": 1.0, "read_noise": 8.5, "dark_current": 0.009, "full_well": 48000.0},
        "FGS": {"gain": 1.75, "read_noise": 6.0, "dark_current": 0.015, "full_well": 48000.0},
        "MIRI": {
            "bias": 9000.0,
            "bias_scatter": 150.0,
            "amplifier_drift": 0.3,
            "gain": 3.1,
            "read_noise": 5.0,
            "dark_current": 0.08,
            "full_well": 46000.0,
            "nonlinearity": 8e-7,
            "ipc": 0.03,
        },
    }
)


def typical_levels(detector: Detector) -> Levels:
    """Give representative levels of a detector."""
    channel = f"{detector.instrument} {detector.channel}"
    return Levels(**_BY_DETECTOR.get(channel, _BY_DETECTOR.get(detector.instrument, {})))

"""Which effects a simulated detector shows: one switch each.

How strong they are is in `mkrefs.testing.levels`.
"""

from dataclasses import dataclass, fields
from typing import Self

from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Switches of the simulator, all off by default: such a detector is flat, noiseless and linear.

    Attributes
    ----------
    bias : bool
        Bias pattern: a level with scatter from pixel to pixel.
    amplifier_offsets : bool
        A constant offset of each amplifier and of its odd and even columns.
    amplifier_drift : bool
        The same offsets changing from group to group, in reference pixels too.
    reset_noise : bool
        kTC noise: one offset of each pixel for each integration.
    read_noise : bool
        Gaussian noise of each read, with a map of its own.
    noisy : bool
        Pixels of several times the normal read noise.
    one_over_f : bool
        Correlated noise along the read-out order.
    shot_noise : bool
        Poisson noise of the collected electrons.
    dark_current : bool
        Dark current of normal pixels.
    hot, warm : bool
        Pixels of high and of raised dark current.
    dead, low_qe : bool
        Pixels of no response and of low response to light.
    open : bool
        Unconnected pixels, and their neighbours that collect the charge.
    rc : bool
        Pixels that settle exponentially after the reset.
    inverse_rc : bool
        Pixels that start high after the reset and fall exponentially; of no share unless `Levels` give one.
    low_pedestal : bool
        Pixels whose level lies below their bias; of no share unless `Levels` give one.
    telegraph : bool
        Pixels that jump between two levels.
    cosmic_rays : bool
        Hits, with a share of the charge in the four neighbours.
    flat_field : bool
        Smooth pattern of the lamp and scatter of the pixels' response.
    gain_map : bool
        Scatter of the gain around its mean.
    brighter_fatter : bool
        Charge collected turns away what comes after, to the neighbours.
    nonlinearity : bool
        Response that falls with signal.
    saturation : bool
        Full well.
    ipc : bool
        Inter-pixel capacitance.
    """

    bias: bool = False
    amplifier_offsets: bool = False
    amplifier_drift: bool = False
    reset_noise: bool = False
    read_noise: bool = False
    noisy: bool = False
    one_over_f: bool = False
    shot_noise: bool = False
    dark_current: bool = False
    hot: bool = False
    warm: bool = False
    dead: bool = False
    low_qe: bool = False
    open: bool = False
    rc: bool = False
    inverse_rc: bool = False
    low_pedestal: bool = False
    telegraph: bool = False
    cosmic_rays: bool = False
    flat_field: bool = False
    gain_map: bool = False
    brighter_fatter: bool = False
    nonlinearity: bool = False
    saturation: bool = False
    ipc: bool = False

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Give the names of all switches."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    def only(cls, *names: str) -> Self:
        """Switch on the named effects and no other.

        Raises
        ------
        mkrefs.errors.UserError
            If a name is no effect.
        """
        unknown = sorted(set(names) - set(cls.names()))
        if unknown:
            allowed = ", ".join(cls.names())
            raise UserError(f"effects: {', '.join(unknown)} not known; choose from {allowed}")
        return cls(**dict.fromkeys(names, True))

    @classmethod
    def everything(cls) -> Self:
        """Switch on every effect."""
        return cls.only(*cls.names())

    @classmethod
    def standard(cls) -> Self:
        """Switch on every effect but those no reference file describes pixel by pixel.

        These are 1/f noise, IPC and the brighter-fatter effect.
        """
        without = {"one_over_f", "ipc", "brighter_fatter"}
        return cls.only(*(name for name in cls.names() if name not in without))

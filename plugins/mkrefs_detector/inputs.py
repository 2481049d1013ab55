"""Whether the ramps of one group go together; what is done with them is the creators' business."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mkrefs.api import Ramp, UserError

# Image types by the letter that a role begins with.
_TYPES: Mapping[str, str] = MappingProxyType({"D": "darks", "F": "flats", "I": "images"})


def check_types(label: str, ramps: Mapping[str, Ramp], allowed: str) -> None:
    """Refuse exposures of types that a file is not made from.

    Parameters
    ----------
    label : str
        Begins the message.
    ramps : mapping of str to Ramp
        The ramps of one group by role.
    allowed : str
        Letters of the image types that the file may be made from, such as ``D``.

    Raises
    ------
    mkrefs.api.UserError
        If a ramp is of another type.
    """
    for role, ramp in ramps.items():
        if role[0] not in allowed:
            wanted = " and ".join(_TYPES[letter] for letter in allowed)
            raise UserError(
                f"{label}: {ramp.name} has the role {role}, but the file is made from {wanted}; let imtypes "
                f"have no letter but {' and '.join(allowed)}."
            )


def check_dark_is_there(label: str, ramps: Sequence[Ramp]) -> None:
    """Refuse darks of which the dark current was taken off, and with it what they are to tell.

    Parameters
    ----------
    label : str
        Begins the message.
    ramps : sequence of Ramp
        The darks.

    Raises
    ------
    mkrefs.api.UserError
        If one has been through the step ``dark_current``.
    """
    for ramp in ramps:
        if "dark_current" in ramp.done:
            raise UserError(
                f"{label}: {ramp.name} has been through the step dark_current, which takes off what is "
                "measured here; leave that step out of ssbsteps."
            )


def check_same_mode(
    label: str, ramps: Sequence[Ramp], names: Sequence[str], *, kind: str = "dark ramp"
) -> None:
    """Refuse ramps that differ in metadata which must be one, or whose arrays are not of one size.

    Parameters
    ----------
    label : str
        Begins the message.
    ramps : sequence of Ramp
        The ramps of one group.
    names : sequence of str
        Fields of `mkrefs.api.ExposureMetadata` that must agree.
    kind : str
        What the ramps are, for the message that there is none.

    Raises
    ------
    mkrefs.api.UserError
        If there is no ramp, or one differs from the first.
    """
    if not ramps:
        raise UserError(f"{label}: no {kind} was given; give at least one.")
    first = ramps[0]
    for ramp in ramps[1:]:
        for name in names:
            wanted, found = getattr(first.metadata, name), getattr(ramp.metadata, name)
            if wanted != found:
                raise UserError(
                    f"{label}: {ramp.name} has {name} {found} but {first.name} has {wanted}; all inputs of "
                    "one file must agree: select exposures of one mode."
                )
        if ramp.shape[2:] != first.shape[2:]:
            raise UserError(
                f"{label}: the array of {ramp.name} has {ramp.shape[2]} rows and {ramp.shape[3]} columns, "
                f"that of {first.name} {first.shape[2]} and {first.shape[3]}; mend or leave out one of them."
            )

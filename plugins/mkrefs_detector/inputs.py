"""Whether the ramps of one group go together; what is done with them is the creators' business."""

from collections.abc import Sequence

from mkrefs.api import Ramp, UserError


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

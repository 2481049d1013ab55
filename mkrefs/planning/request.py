"""What planning is asked to do for one label: the settings in force, free of where they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.contract.imtypes import ImTypes


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """One label to be made.

    Attributes
    ----------
    label, reftype : str
        Reference label and canonical reference type.
    imtypes : ImTypes
        Which exposures make up a group.
    ssbsteps : mapping of str to str
        Calibration state by instrument, ``"*"`` for all others.
    window : float or None
        Largest separation inside a group, days.
    same : mapping of str to tuple of str
        By instrument (``"*"`` for all others), the FITS keywords that must agree inside a group.
    parameters : mapping
        The creator's parameters, complete, as JSON values.
    combiner : str
        Name of the combiner of the final file.
    combiner_parameters : mapping
        Complete, as JSON values.
    overrides : mapping of str to str
        Reference file by type for the pipeline, in place of CRDS's.
    incidental : tuple of str
        Parameters that do not change the result.
    plugin, combiner_plugin : str
        Distribution and version of what makes and combines.
    """

    label: str
    reftype: str
    imtypes: ImTypes
    ssbsteps: Mapping[str, str]
    window: float | None
    same: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Any]
    combiner: str
    combiner_parameters: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    incidental: tuple[str, ...] = ()
    plugin: str = ""
    combiner_plugin: str = ""

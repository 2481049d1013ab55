"""What labels write into headers when nobody says anything else: such a header was not thought of."""

from collections.abc import Mapping

from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.registry.plugins import load_plugins

_PARAMETERS = {"AUTHOR": "author", "DESCRIP": "description", "USEAFTER": "useafter"}


def header_defaults(label: str) -> Mapping[str, tuple[str, ...]]:
    """Give the default values of a label by keyword; of a label that is not installed, those of all.

    Parameters
    ----------
    label : str
        The label that made a file; empty if none did, which leaves nothing to compare with.
    """
    if not label:
        return {}
    creator = load_plugins().creators.get(label)
    declared: list[type[ReferenceParameters]] = [
        ReferenceParameters,
        *([creator.Parameters] if creator else []),
    ]
    found = {
        keyword: [each.model_fields[name].default for each in declared if name in each.model_fields]
        for keyword, name in _PARAMETERS.items()
    }
    return {
        keyword: tuple(value for value in values if isinstance(value, str))
        for keyword, values in found.items()
    }

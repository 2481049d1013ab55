"""The reference types that an imap must list, even if without files. For the child process only."""

import importlib.util
import json
from pathlib import Path

from stpipe.entry_points import get_steps

from mkrefs.instruments.reference_types import REFERENCE_TYPES

_SYSTEM_TYPES = ("calver", "crdscfg", "datalvl")

#: Instruments of a pmap, in lower case; ``system`` is what crds calls its own settings.
INSTRUMENTS = ("fgs", "miri", "nircam", "niriss", "nirspec", "system")


def listed_types(instrument: str) -> tuple[str, ...]:
    """Give all types an imap lists.

    Parameters
    ----------
    instrument : str
        In lower case.

    Returns
    -------
    tuple of str
        In lower case, sorted: what crds knows for any instrument, what mkrefs knows, and the parameter
        files (``pars-<step>``) of every step that is registered with stpipe.

    Notes
    -----
    A type that an imap does not list is an error for a step that asks for it; ``N/A`` is not.
    """
    if instrument == "system":
        return _SYSTEM_TYPES
    pipeline = {f"pars-{step.class_name.rpartition('.')[2].lower()}" for step in get_steps()}
    return tuple(sorted(_crds_types() | pipeline | set(REFERENCE_TYPES)))


def _crds_types() -> set[str]:
    spec = importlib.util.find_spec("crds.jwst")
    folder = Path(str(spec.origin)).parent if spec else Path()
    table = json.loads((folder / "specs" / "combined_specs.json").read_text(encoding="utf-8"))
    return {name for instrument, types in table.items() if instrument != "system" for name in types} - {"all"}

"""Writes the reference files of a simulated detector: consistent with its truth, and fit for CRDS.

What they hold is in `mkrefs.testing.reference_contents`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.instruments.irs2 import is_irs2
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.testing import reference_contents as contents
from mkrefs.testing.exposure_spec import ExposureSpec, exposure_metadata
from mkrefs.testing.truth import DetectorTruth

_RAMP_CONTENTS: Mapping[str, Callable[[DetectorTruth, ExposureSpec], ReferenceData]] = MappingProxyType(
    {"dark": contents.dark_content, "reset": contents.reset_content}
)
_CONTENTS: Mapping[str, Callable[[DetectorTruth], ReferenceData]] = MappingProxyType(
    {
        "mask": contents.mask_content,
        "superbias": contents.superbias_content,
        "readnoise": contents.readnoise_content,
        "gain": contents.gain_content,
        "saturation": contents.saturation_content,
        "linearity": contents.linearity_content,
        "ipc": contents.ipc_content,
        "flat": contents.flat_content,
        "persat": contents.persat_content,
        "trapdensity": contents.trapdensity_content,
        "trappars": contents.trappars_content,
        "rscd": contents.rscd_content,
        "refpix": contents.refpix_content,
    }
)
# NIRSpec's flats are three-dimensional and belong to gratings; they are not simulated.
_NOT_SIMULATED = frozenset({("NIRSPEC", "flat")})
_MIRI_INTEGRATIONS = 2
# Applied before refpix, which takes off what IRS2 interleaves.
_AS_READ = frozenset({"mask", "superbias"})


def reference_types_of(instrument: str, readpatt: str | None = None) -> tuple[str, ...]:
    """Name the reference types that can be made for an instrument; refpix is for IRS2 alone."""
    left_out = _NOT_SIMULATED if is_irs2(readpatt) else _NOT_SIMULATED | {(instrument, "refpix")}
    return tuple(
        name
        for name in (*_CONTENTS, *_RAMP_CONTENTS)
        if instrument in REFERENCE_TYPES[name].selectors and (instrument, name) not in left_out
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSettings:
    """Settings of simulated reference files.

    Attributes
    ----------
    readpatt : str or None
        READPATT of the files. None makes superbias and read noise valid for ANY, and the dark for the
        pattern that keeps every frame.
    ngroups : int
        Groups of the dark: at least those of the exposures to calibrate.
    useafter : str
        USEAFTER, as YYYY-MM-DDTHH:MM:SS.
    spec : ExposureSpec
        An exposure the files are for; it tells FILTER and PUPIL of the flat.
    """

    readpatt: str | None = None
    ngroups: int = 10
    useafter: str = "2015-10-01T00:00:00"
    spec: ExposureSpec = field(default_factory=ExposureSpec)


def make_reference_files(
    truth: DetectorTruth,
    folder: Path,
    settings: ReferenceSettings | None = None,
    *,
    types: Collection[str] | None = None,
) -> dict[str, Path]:
    """Write the reference files that calibrate exposures of a simulated detector.

    Parameters
    ----------
    truth : DetectorTruth
        The detector and subarray.
    folder : Path
        Made when missing. A file is named ``<detector>_<subarray>_<type>.fits``.
    settings : ReferenceSettings or None
        None takes the defaults.
    types : collection of str or None
        The reference types wanted; None takes all the instrument has.

    Returns
    -------
    dict of str to Path
        The files by reference type.

    Raises
    ------
    mkrefs.errors.UserError
        If a type cannot be made for the instrument, or a file cannot be written.
    """
    instrument, settings = truth.hardware.instrument, settings or ReferenceSettings()
    known = reference_types_of(instrument, settings.readpatt or settings.spec.readpatt)
    unknown = sorted(set(types or ()) - set(known))
    if unknown:
        allowed = ", ".join(known)
        raise UserError(
            f"reference type {unknown[0]!r} is not simulated for {instrument}; choose from {allowed}"
        )
    chosen = [name for name in known if types is None or name in types]
    return {name: _write(truth, folder, settings, name) for name in chosen}


def _write(truth: DetectorTruth, folder: Path, settings: ReferenceSettings, name: str) -> Path:
    from mkrefs.reference_files.fits_file import write_reference_file
    from mkrefs.reference_files.header import ReferenceHeader

    of_ramps = name in _RAMP_CONTENTS
    nints = _MIRI_INTEGRATIONS if truth.hardware.instrument == "MIRI" and of_ramps else 1
    spec = replace(
        settings.spec,
        readpatt=settings.readpatt or settings.spec.readpatt,
        ngroups=settings.ngroups,
        nints=nints,
    )
    data = _RAMP_CONTENTS[name](truth, spec) if of_ramps else _CONTENTS[name](truth)
    pattern = spec.pattern(truth).name
    if name in _AS_READ:
        data = contents.as_read(data, truth, pattern)
    parameters = ReferenceParameters(
        description=f"Simulated {name} of {truth.hardware.name} {truth.window.name}",
        pedigree="SIMULATION",
        useafter=settings.useafter,
        readpatt=None if of_ramps else pattern if is_irs2(pattern) else settings.readpatt or "ANY",
    )
    history = (f"Made by mkrefs.testing, seed {truth.seed}", *data.history)
    header = ReferenceHeader(name, exposure_metadata(truth, spec), parameters, history)
    path = folder / f"{truth.hardware.name}_{truth.window.name}_{name}.fits".lower()
    write_reference_file(path, data, header)
    return path

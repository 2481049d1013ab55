"""Finds the reference files that a configuration names: for the pipeline, and to compare new ones with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mkrefs.catalog import expand_inputs
from mkrefs.config import Config, ConfigError, CorrectionSettings, Place
from mkrefs.planning.request import Layer
from mkrefs.reference_files.fits_content import read_primary_keyword

_FOR_ALL = ("", "ANY", "N/A")


@dataclass(frozen=True, slots=True)
class PipelineReferences:
    """What ``reffile4ssb`` names, by reference type.

    Attributes
    ----------
    overrides : mapping of str to str
        One file for all exposures.
    detectors : mapping of str to str
        The detector that such a file is for, where it says so.
    layers : mapping of str to Layer
        Several files, of which the rules of CRDS choose.
    """

    overrides: Mapping[str, str]
    detectors: Mapping[str, str]
    layers: Mapping[str, Layer]


def pipeline_references(settings: CorrectionSettings) -> PipelineReferences:
    """Find the reference files that a label's pipeline runs take instead of those of CRDS.

    Raises
    ------
    mkrefs.config.ConfigError
        If there is no file, or one is of another type.
    """
    named = {reftype: text for reftype, text in settings.reffile4ssb.items() if text not in ("CRDS", "SELF")}
    found = {
        reftype: _files(text, settings.reference_places[reftype], reftype) for reftype, text in named.items()
    }
    overrides = {reftype: files[0] for reftype, files in found.items() if len(files) == 1}
    detectors = {reftype: read_primary_keyword(Path(file), "DETECTOR") for reftype, file in overrides.items()}
    return PipelineReferences(
        overrides=overrides,
        detectors={reftype: name for reftype, name in detectors.items() if name not in _FOR_ALL},
        layers={reftype: Layer(files=files) for reftype, files in found.items() if len(files) > 1},
    )


def comparison_source(config: Config, reftype: str) -> str:
    """Give what new files of a type are compared with: ``CRDS``, the path of a file, or nothing.

    Raises
    ------
    mkrefs.config.ConfigError
        If the file does not exist, or is of another type.
    """
    text = config.validation.get(reftype, "")
    if text in ("", "CRDS"):
        return text
    path, place = Path(text), config.validation_places[reftype]
    allowed = f"give CRDS or the path of a {reftype} reference file"
    if not path.is_file():
        raise ConfigError([place.problem(f"{text} does not exist; {allowed}")])
    found = read_primary_keyword(path, "REFTYPE")
    if found != reftype.upper():
        what = f"has REFTYPE {found}" if found else "is no reference file in FITS form"
        raise ConfigError([place.problem(f"{text} {what}; {allowed}")])
    return str(path.resolve())


def _files(text: str, place: Place, reftype: str) -> tuple[str, ...]:
    """Find the files that a path or pattern names; what is no FITS file at all the pipeline refuses."""
    found = [path for path in expand_inputs([text]) if Path(path).is_file()]
    if not found:
        allowed = f"give CRDS, SELF, or the path or pattern of {reftype} files"
        raise ConfigError([place.problem(f"{text} does not exist; {allowed}")])
    for path in found:
        kind = read_primary_keyword(Path(path), "REFTYPE")
        is_fits = read_primary_keyword(Path(path), "SIMPLE") != ""
        if kind != reftype.upper() and (kind or is_fits):
            what = f"has REFTYPE {kind}" if kind else "has no REFTYPE"
            allowed = f"give {reftype} reference files, CRDS or SELF"
            raise ConfigError([place.problem(f"{path} {what}; {allowed}")])
    return tuple(str(Path(path).resolve()) for path in found)

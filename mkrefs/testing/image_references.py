"""Writes the reference files with which calwebb_image2 makes of simulated slopes the images simulated."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.storage.atomic import atomic_write
from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.focal_plane import distortion_to_v2v3
from mkrefs.testing.image_header import PHOTMJSR
from mkrefs.testing.mosaic import Mosaic
from mkrefs.testing.pointings import pixel_scale

_USEAFTER = "2015-10-01T00:00:00"
_PHOTOM_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"NIRCAM": ("filter", "pupil"), "NIRISS": ("filter", "pupil"), "MIRI": ("filter", "subarray")}
)
#: BAND and CHANNEL of the MIRI imager, which has none.
_NO_BAND = "N/A"
#: Instruments with a boresight of their own for each filter.
_WITH_OFFSETS = ("NIRCAM", "NIRISS", "MIRI")


def make_image_references(mosaic: Mosaic, folder: Path) -> tuple[Path, ...]:
    """Write the reference files for the slopes that `write_mosaic` writes.

    Parameters
    ----------
    mosaic : Mosaic
        The mosaic.
    folder : Path
        Made when missing. Files are named ``<type>_<detector>.fits``, or ``.asdf``; the flat field takes the
        place of the one that `write_mosaic` writes to ``references``, with the same pixels.

    Returns
    -------
    tuple of Path
        For each detector its distortion, the offsets of its filters (none), flat field, area of pixels
        (all alike) and photometry: what ``mkrefs context create`` takes.

    Raises
    ------
    mkrefs.errors.UserError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for detector in mosaic.spec.detectors:
        role = next(role for role, image in mosaic.images.items() if image.metadata.detector == detector)
        image = mosaic.images[role]
        scale = pixel_scale(detector)
        contents = {
            "flat": _flat(mosaic.truth[role].flat),
            "area": _area(image, scale),
            "photom": _photometry(image.metadata),
        }
        files += [_write(name, data, image.metadata, folder) for name, data in contents.items()]
        files += _transforms(mosaic, image.metadata, folder)
    return tuple(files)


def _flat(flat: Any) -> ReferenceData:
    nothing = np.zeros(flat.shape, np.bool_)
    return ReferenceData(
        {"data": flat, "err": np.zeros_like(flat)}, {"DO_NOT_USE": nothing, "NO_FLAT_FIELD": nothing.copy()}
    )


def _area(image: ArrayImage, scale: float) -> ReferenceData:
    size = {
        "photometry.pixelarea_steradians": float(np.deg2rad(scale / 3600) ** 2),
        "photometry.pixelarea_arcsecsq": scale**2,
    }
    return ReferenceData({"data": np.ones(image.shape[-2:], np.float32)}, metadata=size)


def _photometry(facts: ExposureMetadata) -> ReferenceData:
    names = _PHOTOM_COLUMNS[facts.instrument]
    columns = [*((name, "S15") for name in names), ("photmjsr", "<f4"), ("uncertainty", "<f4")]
    row = (*(str(getattr(facts, name)).encode() for name in names), PHOTMJSR, 0.01)
    return ReferenceData({"phot_table": np.array([row], dtype=columns)})


def _write(reftype: str, data: ReferenceData, facts: ExposureMetadata, folder: Path) -> Path:
    from mkrefs.reference_files.fits_file import write_reference_file
    from mkrefs.reference_files.header import ReferenceHeader

    parameters = ReferenceParameters(
        description=_description(reftype, facts), pedigree="SIMULATION", useafter=_USEAFTER
    )
    if facts.instrument == "MIRI" and reftype != "area":
        data = replace(data, metadata={**data.metadata, "instrument.band": _NO_BAND})
    path = folder / f"{reftype}_{facts.detector.lower()}.fits"
    write_reference_file(path, data, ReferenceHeader(reftype, facts, parameters, ("Made by mkrefs.testing",)))
    return path


def _transforms(mosaic: Mosaic, facts: ExposureMetadata, folder: Path) -> list[Path]:
    """Write what ``assign_wcs`` takes: the distortion, and the offsets of filters."""
    from astropy import units
    from stdatamodels.jwst.datamodels import DistortionModel, FilteroffsetModel

    model = distortion_to_v2v3(mosaic.spec, facts.detector)
    made = {"distortion": DistortionModel(model=model, input_units=units.pix, output_units=units.arcsec)}
    if facts.instrument in _WITH_OFFSETS:
        offset = {"filter": facts.filter, "pupil": facts.pupil, "column_offset": 0.0, "row_offset": 0.0}
        known = {name: value for name, value in offset.items() if value is not None}
        made["filteroffset"] = FilteroffsetModel(filters=[known], instrument=facts.instrument)
    paths = []
    for reftype, opened in made.items():
        path = folder / f"{reftype}_{facts.detector.lower()}.asdf"
        with opened as reference, atomic_write(path) as temporary:
            _describe(reference, reftype, facts)
            reference.save(str(temporary))
        paths.append(path)
    return paths


def _describe(reference: Any, reftype: str, facts: ExposureMetadata) -> None:
    """Fill in the header by which CRDS files a transform."""
    instrument = reference.meta.instrument
    instrument.name, instrument.detector = facts.instrument, facts.detector
    spectral = dict.fromkeys(("band", "channel"), _NO_BAND) if facts.instrument == "MIRI" else {}
    given = {name: getattr(facts, name) for name in ("channel", "module", "filter", "pupil")} | spectral
    for name, value in given.items():
        if value is not None:
            setattr(instrument, name, value)
    if facts.pupil is not None:
        instrument.p_pupil = f"{facts.pupil}|"
    reference.meta.exposure.type = facts.exp_type
    reference.meta.reftype, reference.meta.telescope = reftype, "JWST"
    reference.meta.author, reference.meta.pedigree = "mkrefs", "SIMULATION"
    reference.meta.description = _description(reftype, facts)
    reference.meta.useafter = _USEAFTER


def _description(reftype: str, facts: ExposureMetadata) -> str:
    return f"Simulated {reftype} of {facts.detector}"

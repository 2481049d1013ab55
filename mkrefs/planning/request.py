"""What planning is asked to do for one label: the settings in force, free of where they came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.contract.imtypes import ImTypes
from mkrefs.contract.ramp import FIT_PRODUCTS, RAW
from mkrefs.planning.naming import OWN


@dataclass(frozen=True, slots=True)
class Layer:
    """Reference files of one type that are layered over the CRDS context, for its rules to choose from.

    Attributes
    ----------
    maker : str
        The label of this run whose final files these are; empty for files that exist.
    files : tuple of str
        Files that exist, if they are not made by this run.
    """

    maker: str = ""
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A word that tells layers of one type apart, for names of folders."""
        if self.maker:
            return OWN
        return hashlib.blake2b("\n".join(self.files).encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequest:
    """What any label takes: exposures, the state they must be in, and the reference files for that.

    Attributes
    ----------
    label : str
        The label.
    imtypes : ImTypes
        Which exposures make up a group.
    ssbsteps : mapping of str to str
        Calibration state by instrument, ``"*"`` for all others.
    window : float or None
        Largest separation inside a group, days.
    parameters : mapping
        Those of the creator or correction, complete, as JSON values.
    planes : str
        Of labels that take calibrated images, which (`mkrefs.contract.image_correction`): ``exposure`` or
        ``integrations``; empty for labels that take ramps.
    acquisitions : bool
        Of labels that take calibrated images, whether they take those of target acquisitions too.
    images_from : str
        Label of the correction whose images are taken in place of the exposures' own; empty for none.
    overrides : mapping of str to str
        Reference file by type for the pipeline, in place of CRDS's.
    override_detectors : mapping of str to str
        By type, the detector that a file of ``overrides`` is for, where it is for one.
    layers : mapping of str to Layer
        By type, the reference files for the pipeline of which the rules of CRDS choose for each exposure.
    save_steps : tuple of str
        Pipeline steps after which the product is kept too.
    incidental : tuple of str
        Parameters that do not change the result.
    files : tuple of str
        Files besides exposures that are read.
    plugin : str
        Distribution and version of what makes or corrects.
    """

    label: str
    imtypes: ImTypes
    ssbsteps: Mapping[str, str]
    window: float | None
    parameters: Mapping[str, Any]
    planes: str = ""
    acquisitions: bool = False
    images_from: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    override_detectors: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    save_steps: tuple[str, ...] = ()
    incidental: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    plugin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequest(InputRequest):
    """One correction of images.

    Attributes
    ----------
    same : tuple of str
        All FITS keywords that must agree inside a group.
    suffix : str
        Product suffix of the corrected images; empty for that of the images they are made from.
    """

    same: tuple[str, ...]
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest(InputRequest):
    """One label whose reference files are to be made.

    Attributes
    ----------
    reftype : str
        Canonical reference type.
    same : mapping of str to tuple of str
        By instrument (``"*"`` for all others), the FITS keywords that must agree inside a group.
    combiner : str
        Name of the combiner of the final file.
    combiner_parameters : mapping
        Complete, as JSON values.
    trial_layers : mapping of str to Layer
        As ``layers``, for the further steps that only trials and verification of the label's files run.
    tests : tuple of str
        What final files undergo: ``test4datamodel``, ``test4ssb``, ``quality_check``.
    validation : str
        What final files are compared with: ``CRDS``, or a file; empty for nothing.
    verify : float
        Share of the exposures that is held back for verification; 0 for none.
    products : mapping of str to tuple of str
        By image type, what the creator takes of exposures besides ramps (`mkrefs.contract.creator`).
    checks : tuple of str
        Names of the checks that final files undergo.
    limits : mapping of str to mapping of str to object
        By check, limits that win over those that come with mkrefs, as JSON values.
    certify_individuals : bool
        Whether individual files are certified too.
    combiner_plugin, check_plugin : str
        Distribution and version of what combines and checks.
    """

    reftype: str
    same: Mapping[str, tuple[str, ...]]
    combiner: str
    combiner_parameters: Mapping[str, Any] = field(default_factory=dict)
    trial_layers: Mapping[str, Layer] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    validation: str = ""
    verify: float = 0.0
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    certify_individuals: bool = True
    combiner_plugin: str = ""
    check_plugin: str = ""

    @property
    def all_layers(self) -> Mapping[str, Layer]:
        """The layers for all steps of the pipeline."""
        return {**self.trial_layers, **self.layers}

    def images(self, imtype: str) -> tuple[str, ...]:
        """Name the products of ramp_fit that the creator takes of exposures of a type."""
        return tuple(name for name in FIT_PRODUCTS if name in self.products.get(imtype, ()))

    def takes_raw(self, imtype: str) -> bool:
        """Tell whether the creator takes exposures of a type as they were taken, too."""
        return RAW in self.products.get(imtype, ())

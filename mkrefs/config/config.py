"""The configuration as one frozen value; reading it is `mkrefs.config.load`'s business."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkrefs.config.batch import Batch
from mkrefs.config.labels import CorrectionSettings, Labelled, LabelSettings
from mkrefs.config.problems import Place
from mkrefs.config.schema import Inputfiles, Output
from mkrefs.contract.checks import Limits
from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.image_correction import ImageCorrection
from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the files and the command line say, checked.

    Attributes
    ----------
    instrument : str or None
        As INSTRUME spells it.
    reflabels : tuple of str
        The labels the configuration is for.
    reftypes : tuple of str
        CRDS names of the types that may be made; empty for any.
    default_reflabels : mapping of str to str
        Label by reference type.
    inputfiles : Inputfiles
        Section ``inputfiles``.
    windows : mapping of str to float
        ``max_Delta_MJD`` in days by canonical ``imtypes``; those without a limit are left out.
    output : Output
        Section ``output``.
    batch : Batch
        Section ``batch``.
    reffile4ssb : mapping of str to str
        ``CRDS`` or a file, by reference type.
    validation : mapping of str to str
        ``CRDS`` or a file, by reference type.
    validation_places : mapping of str to Place
        Where these were given.
    checks : mapping of str to mapping
        Limits of checks, by reference type and check.
    user_parameters : mapping of str to object
        The user's own top-level values.
    labels : mapping of str to LabelSettings
        Settings of every installed creator that can run.
    corrections : mapping of str to CorrectionSettings
        Settings of every installed correction that can run.
    sections : mapping of str to str
        File and line of every label section, of what is installed or not.
    warnings : tuple of str
        What looks like a mistake but need not be one.
    outrootdir_problem : str
        Why ``output.outrootdir`` cannot be used; empty if it can.
    """

    instrument: str | None
    reflabels: tuple[str, ...]
    reftypes: tuple[str, ...]
    default_reflabels: Mapping[str, str]
    inputfiles: Inputfiles
    windows: Mapping[str, float]
    output: Output
    batch: Batch
    reffile4ssb: Mapping[str, str]
    validation: Mapping[str, str]
    validation_places: Mapping[str, Place]
    checks: Mapping[str, Limits]
    user_parameters: Mapping[str, Any]
    labels: Mapping[str, LabelSettings]
    corrections: Mapping[str, CorrectionSettings]
    sections: Mapping[str, str]
    warnings: tuple[str, ...]
    outrootdir_problem: str = ""

    def require_outrootdir(self) -> Path:
        """Give the top of the output.

        Raises
        ------
        mkrefs.errors.UserError
            If its value names an environment variable that is not set.
        """
        if self.outrootdir_problem:
            raise UserError(self.outrootdir_problem)
        return Path(self.output.outrootdir)


def label_settings(config: Config, creator: type[AnyCreator]) -> LabelSettings:
    """Give the settings under which a creator runs.

    Raises
    ------
    mkrefs.errors.UserError
        If the creator has parameters without a default and no section gives them.
    """
    if creator.label in config.labels:
        return config.labels[creator.label]
    raise _needs_a_section(creator)


def correction_settings(config: Config, correction: type[ImageCorrection]) -> CorrectionSettings:
    """Give the settings under which a correction runs.

    Raises
    ------
    mkrefs.errors.UserError
        If the correction has parameters without a default and no section gives them.
    """
    if correction.label in config.corrections:
        return config.corrections[correction.label]
    raise _needs_a_section(correction)


def _needs_a_section(declared: Labelled) -> UserError:
    required = [name for name, info in declared.Parameters.model_fields.items() if info.is_required()]
    return UserError(
        f"label '{declared.label}' cannot run on its defaults: write a section '{declared.label}:' "
        f"in the configuration that gives {', '.join(required) or 'legal values for its parameters'}"
    )

"""The known sections and top-level keys of a configuration: names, types, defaults and limits.

Each field's description is what the reference page says about the key. What the types of values allow is
in `mkrefs.config.value_types`. Sections of labels are the creators' business (`mkrefs.config.labels`);
reading and merging files is `mkrefs.config.layers`'.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field

from mkrefs.config.batch import Batch
from mkrefs.config.section import Section
from mkrefs.config.value_types import (
    ComparisonSource,
    Instrument,
    Keyword,
    Keywords,
    LogLevel,
    NamePart,
    Names,
    Pattern,
    ReferenceSource,
    RefType,
    RefTypes,
    RunId,
    SsbSteps,
    Steps,
)


class Inputfiles(Section):
    """Section ``inputfiles``: what is read from file names and headers."""

    dark_pattern: Pattern | None = Field(
        None, description="Regular expression; files whose name it matches anywhere are darks."
    )
    flat_pattern: Pattern | None = Field(
        None, description="Regular expression; files whose name it matches anywhere are flats."
    )
    basenamepattern: Pattern | None = Field(
        None, description="Regular expression; only files whose name it matches are looked at."
    )
    dateobs_fitskey: Keyword = Field(
        "DATE-OBS", description="FITS keyword of the date, or date and time, of an exposure."
    )
    timeobs_fitskey: Keyword = Field("TIME-OBS", description="FITS keyword of the time of an exposure.")
    mjdobs_fitskey: Keyword | None = Field(
        None, description="FITS keyword of the MJD of an exposure; goes before the date and time."
    )
    requiredfitskeys: Keywords = Field(
        (), description="FITS keywords every exposure must have; they become columns of the catalog."
    )
    optionalfitskeys: Keywords = Field(
        (), description="FITS keywords that become columns of the catalog where they exist."
    )


class Window(Section):
    """A section named by an ``imtypes`` value (``DD``, ``FF``, ``DDFF``, ``D+`` ...)."""

    max_Delta_MJD: float | None = Field(  # noqa: N815 the documented name
        None,
        gt=0,
        allow_inf_nan=False,
        description="Largest separation in time inside a group, in days; no limit when empty.",
    )


class Output(Section):
    """Section ``output``: where files go and how they are called."""

    outrootdir: str = Field(
        "mkrefs_out",
        description="Top of the output; default `$JWST_MKREFS_OUTDIR` if set, else `mkrefs_out` "
        "in the current directory.",
    )
    outsubdir: NamePart | None = Field(
        None, description="Directory below the top; also a part of the file names."
    )
    runID: RunId = Field(  # noqa: N815 the documented name
        "AUTO", description="Number of the run, or AUTO for the latest run in the output directory."
    )
    runIDNdigits: int = Field(  # noqa: N815 the documented name
        3, ge=1, le=12, description="Number of digits of the run number, filled with leading zeros."
    )
    addsuffix: NamePart | None = Field(None, description="Suffix added to the names of reference files.")
    ssbdir: str | None = Field(
        None, description="Directory of the pipeline's products; default `ssb` in the run's directory."
    )
    skip_runID_ssbdir: bool = Field(  # noqa: N815 the documented name
        False, description="Whether the default `ssbdir` leaves out the run number, to be shared by runs."
    )
    ssb_save_steps: Steps = Field(
        (),
        description="Pipeline steps after which the product is kept too, where a run of the pipeline passes "
        "them on the way to the state that is asked for.",
    )
    ssblogFlag: bool = Field(  # noqa: N815 the documented name
        False,
        description="Whether the log of each pipeline run is kept beside its product, suffix `log.txt`.",
    )
    ssberrorlogFlag: bool = Field(  # noqa: N815 the documented name
        False,
        description="Whether its warnings and errors are kept in a file of their own, suffix `err.txt`.",
    )
    reflogFlag: bool = Field(  # noqa: N815 the documented name
        False,
        description="As `ssblogFlag`, for the jobs that make reference files and check them.",
    )
    referrorlogFlag: bool = Field(  # noqa: N815 the documented name
        False,
        description="As `ssberrorlogFlag`, for the jobs that make reference files and check them.",
    )
    logFileLevel: LogLevel = Field(  # noqa: N815 the documented name
        "info",
        description="Lowest level of records in the `log.txt` files; what libraries print is always there.",
    )
    logScreenLevel: LogLevel = Field(  # noqa: N815 the documented name
        "warning", description="Lowest level of messages on the screen during a run; `-v` can only add to it."
    )
    certify_individuals: bool = Field(
        True, description="Whether individual reference files are certified too, not final ones alone."
    )
    maxNstrun: int | None = Field(  # noqa: N815 the documented name
        None,
        ge=0,
        description="The most pipeline runs that one command does; the others are left. No limit when empty.",
    )
    maxNref: int | None = Field(  # noqa: N815 the documented name
        None,
        ge=0,
        description="The most individual reference files that one command makes; the others are left. "
        "No limit when empty.",
    )
    report: bool = Field(
        True, description="Whether a page that shows what was made is drawn at the end, `report.html`."
    )
    pipeline_prod_search_dir: Names = Field(
        (), description="Directories, which must exist, in which finished pipeline products are looked for."
    )


class TopLevel(Section):
    """The top-level keys, with the sections whose keys are reference types."""

    instrument: Instrument | None = Field(
        None, description="The instrument, in any capitalisation; taken from the exposures when empty."
    )
    reflabels: Names = Field((), description="Labels this configuration is for.")
    reftypes: RefTypes = Field((), description="Reference types that may be made; any when empty.")
    default_reflabels: Mapping[str, str] = Field(
        default_factory=dict, description="The label that stands for each reference type."
    )
    reffile4ssb: Mapping[str, ReferenceSource] = Field(
        default_factory=dict, description="Where the pipeline's reference files come from, by reference type."
    )
    validation: Mapping[str, ComparisonSource] = Field(
        default_factory=dict, description="The file a new one is compared with, by reference type."
    )
    checks: Mapping[str, Mapping[str, Any]] = Field(
        default_factory=dict,
        description="Limits that win over those of the checks and their tables, by reference type and check.",
    )
    test4datamodel: bool = Field(
        False, description="Whether each final file is loaded in the data model of its type."
    )
    test4ssb: bool = Field(
        False, description="Whether each final file is tried in the pipeline steps that take its type."
    )
    quality_check: bool = Field(
        False, description="Whether the whole detector pipeline is run once with each final file."
    )
    verify: float = Field(
        0.0,
        ge=0,
        lt=1,
        allow_inf_nan=False,
        description="Share of the exposures that is held back to verify the final files on; 0 for none.",
    )


class CorrectionKeys(Section):
    """The engine's own keys in the section of a correction; all others are the correction's parameters."""

    imtypes: str | None = Field(
        None, description="What one group is made of; default that of the creator or correction."
    )
    ssbsteps: SsbSteps | None = Field(
        None,
        description="Pipeline steps that must be complete on the inputs; default those of the creator or "
        "correction.",
    )
    images_from: str | None = Field(
        None,
        description="Label of a correction that this run makes too, whose corrected images are taken in "
        "place of the exposures' own; for corrections, and for creators that measure images.",
    )
    reffile4ssb: Mapping[str, ReferenceSource] = Field(
        default_factory=dict, description="As the main section of this name, for this label alone."
    )
    ssb_save_steps: Steps | None = Field(
        None, description="As `output.ssb_save_steps`, for this label alone."
    )


class LabelKeys(CorrectionKeys):
    """The engine's own keys in the section of a creator; all others are the creator's parameters."""

    reftype: RefType | None = Field(None, description="Reference type; must be the creator's own.")
    checks: Mapping[str, Any] = Field(
        default_factory=dict, description="As the main section of this name, for this label alone: by check."
    )
    test4datamodel: bool | None = Field(
        None, description="As the top-level key of this name, for this label alone."
    )
    test4ssb: bool | None = Field(
        None, description="As the top-level key of this name, for this label alone."
    )
    quality_check: bool | None = Field(
        None, description="As the top-level key of this name, for this label alone."
    )
    verify: float | None = Field(
        None,
        ge=0,
        lt=1,
        allow_inf_nan=False,
        description="As the top-level key of this name, for this label alone.",
    )
    combiner: str | None = Field(None, description="Combiner of the final file; default the creator's.")
    combiner_parameters: Mapping[str, Any] = Field(
        default_factory=dict, description="Parameters of the combiner."
    )


#: The known sections that have a fixed set of keys.
SECTIONS: Mapping[str, type[Section]] = MappingProxyType(
    {"inputfiles": Inputfiles, "output": Output, "batch": Batch}
)
#: Tests of final files, keys at the top level and in the sections of labels, in their order.
TESTS = ("test4datamodel", "test4ssb", "quality_check")
#: Places whose keys are reference types and may be written in several ways.
BY_REFTYPE = ("default_reflabels", "reffile4ssb", "validation", "checks")
#: Every top-level name the engine knows, besides the windows.
KNOWN_NAMES = (*TopLevel.model_fields, *SECTIONS)

"""The fields of the delivery form, as data: what CRDS asks, which answers it takes, and who may give them.

Keys, questions and allowed values are those of the submission form of CRDS (``crds.submit.Submission``).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

YES_NO = ("Yes", "No", "N/A")
CHANGE_LEVELS = ("SEVERE", "MODERATE", "TRIVIAL")
#: What CRDS does not take in the description.
_FORBIDDEN = re.compile(r"[^A-Za-z0-9._\s/,=\-+]")

Value = str | bool


class Source(StrEnum):
    """Who answers a field.

    Attributes
    ----------
    FACT
        mkrefs; another answer is not taken.
    JUDGED
        mkrefs, as far as it can tell; the deliverer's answer wins.
    ASKED
        The deliverer alone.
    """

    FACT = "fact"
    JUDGED = "judged"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Attributes
    ----------
    name : str
        Its key.
    question : str
        What CRDS asks.
    source : Source
        Who answers it.
    choices : tuple of str
        The allowed answers; empty for any text, or for true and false.
    flag : bool
        Whether the answer is true or false.
    required : bool
        Whether it must be answered.
    """

    name: str
    question: str
    source: Source = Source.ASKED
    choices: tuple[str, ...] = ()
    flag: bool = False
    required: bool = True

    @property
    def allowed(self) -> str:
        """The answers that are allowed, in words."""
        if self.flag:
            return "true or false"
        return ", ".join(self.choices) if self.choices else "a text"


FIELDS = (
    Field("deliverer", "Name of the deliverer."),
    Field("instrument", "Instrument of all files.", Source.FACT),
    Field("file_type", "Type of the files.", Source.FACT),
    Field(
        "history_updated",
        "Does HISTORY describe in detail why the files are delivered and how they were created?",
        Source.JUDGED,
        flag=True,
    ),
    Field(
        "pedigree_updated",
        "Has PEDIGREE been checked and updated as necessary?",
        Source.JUDGED,
        flag=True,
    ),
    Field(
        "keywords_checked",
        "Have REFTYPE and AUTHOR been checked and updated as necessary?",
        Source.JUDGED,
        flag=True,
    ),
    Field(
        "descrip_updated",
        "Was DESCRIP updated with a summary of why the files were updated or created?",
        Source.JUDGED,
        flag=True,
    ),
    Field(
        "useafter_updated",
        "Has USEAFTER been checked and, if necessary, updated?",
        Source.JUDGED,
        flag=True,
    ),
    Field(
        "useafter_matches",
        "If files replace previous versions, do the new USEAFTER dates exactly match the old ones?",
        Source.FACT,
        YES_NO,
    ),
    Field(
        "compliance_verified",
        "Is the verification for compliance complete (FITS, certify)?",
        Source.FACT,
        YES_NO,
    ),
    Field("ingest_files", "Should the affected exposures be reprocessed?", flag=True),
    Field("etc_delivery", "Should the files be submitted to the exposure time calculator (ETC)?", flag=True),
    Field(
        "calpipe_version",
        "Were the files run through the current version of the calibration software (yes or no, version)?",
        Source.JUDGED,
    ),
    Field("replacement_files", "Do any files replace old reference files?", Source.FACT, flag=True),
    Field("old_reference_files", "Which ones?", Source.FACT, required=False),
    Field(
        "replacing_badfiles",
        "Are the files being replaced bad, so that they should not be used with any data?",
        choices=YES_NO,
    ),
    Field("jira_issue", "JIRA issues about these files, with commas between them.", required=False),
    Field("modes_affected", "Which modes are affected by the change?", Source.JUDGED),
    Field(
        "change_level",
        "How much are the new files expected to change science results?",
        choices=CHANGE_LEVELS,
    ),
    Field("correctness_testing", "How were the files tested for correctness?", Source.JUDGED),
    Field("additional_considerations", "Anything else that matters.", required=False),
    Field(
        "description",
        "What changes, and the expected impact, with instrument and type; only letters, digits, blanks and "
        ". , - _ / = + are allowed.",
        Source.JUDGED,
    ),
)

#: What the form of CRDS holds besides; written only where it is answered.
FURTHER = (
    Field("other_email", "Other addresses to notify, with commas between them.", required=False),
    Field("jwst_etc", "Are these files of the JWST ETC?", flag=True, required=False),
    Field("table_rows_changed", "If files are tables, which rows changed?", required=False),
)

BY_NAME = {field.name: field for field in (*FIELDS, *FURTHER)}


def forbidden_character(text: str) -> str:
    """Give the first character of a description that CRDS does not take; empty if there is none."""
    found = _FORBIDDEN.search(text)
    return found.group() if found else ""


def printable(text: str) -> str:
    """Turn a text into one that CRDS takes as description: what is not allowed becomes a blank."""
    return " ".join(_FORBIDDEN.sub(" ", text).split())

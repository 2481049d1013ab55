"""A private CRDS context: the rules and reference files of a team, made and extended with no server.

Nothing in this package imports crds in the caller's process; crds does its work in a child process
(`mkrefs.crds_context.worker`) whose environment and working directory are its own.
"""

from mkrefs.crds_context.addition import add_references
from mkrefs.crds_context.category import coinciding_values, rival_files
from mkrefs.crds_context.coverage import (
    NOT_NEEDED,
    CoverageChange,
    ExposureValues,
    Finding,
    InsertedFile,
    Kind,
    TrialInsertion,
)
from mkrefs.crds_context.coverage_forms import (
    change_text,
    file_text,
    trial_from_json,
    trial_lines,
    trial_to_json,
)
from mkrefs.crds_context.creation import create_context
from mkrefs.crds_context.identity import context_name, require_crds
from mkrefs.crds_context.listing import ContextListing, ReferenceEntry, show_context
from mkrefs.crds_context.lookup import Choice, Choices, choose_references
from mkrefs.crds_context.private_context import AddedReference, PrivateContext, open_context
from mkrefs.crds_context.reference_places import held_reference, reference_counts, reference_path
from mkrefs.crds_context.rules_view import RulesReader, RulesView
from mkrefs.crds_context.trial_insertion import try_insertion

__all__ = [
    "NOT_NEEDED",
    "AddedReference",
    "Choice",
    "Choices",
    "ContextListing",
    "CoverageChange",
    "ExposureValues",
    "Finding",
    "InsertedFile",
    "Kind",
    "PrivateContext",
    "ReferenceEntry",
    "RulesReader",
    "RulesView",
    "TrialInsertion",
    "add_references",
    "change_text",
    "choose_references",
    "coinciding_values",
    "context_name",
    "create_context",
    "file_text",
    "held_reference",
    "open_context",
    "reference_counts",
    "reference_path",
    "require_crds",
    "rival_files",
    "show_context",
    "trial_from_json",
    "trial_lines",
    "trial_to_json",
    "try_insertion",
]

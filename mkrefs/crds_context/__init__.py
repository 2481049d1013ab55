"""A private CRDS context: the rules and reference files of a team, made and extended with no server.

Nothing in this package imports crds in the caller's process; crds does its work in a child process
(`mkrefs.crds_context.worker`) whose environment and working directory are its own.
"""

from mkrefs.crds_context.addition import add_references
from mkrefs.crds_context.category import coinciding_values
from mkrefs.crds_context.creation import create_context
from mkrefs.crds_context.identity import context_name, require_crds
from mkrefs.crds_context.listing import ContextListing, ReferenceEntry, show_context
from mkrefs.crds_context.lookup import Choice, choose_references
from mkrefs.crds_context.private_context import AddedReference, PrivateContext, open_context
from mkrefs.crds_context.rules_view import RulesReader, RulesView

__all__ = [
    "AddedReference",
    "Choice",
    "ContextListing",
    "PrivateContext",
    "ReferenceEntry",
    "RulesReader",
    "RulesView",
    "add_references",
    "choose_references",
    "coinciding_values",
    "context_name",
    "create_context",
    "open_context",
    "require_crds",
    "show_context",
]

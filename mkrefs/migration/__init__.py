"""Turns a configuration of the older tool, jwst_reffiles, into one of mkrefs, and says what it changed.

The rules are pure functions on the text and its YAML nodes; reading, checking and writing files is
`mkrefs.migration.files`' business.
"""

from mkrefs.migration.files import Migrated, migrate_file, save
from mkrefs.migration.finding import Finding, Kind
from mkrefs.migration.migrate import migrate_text

__all__ = ["Finding", "Kind", "Migrated", "migrate_file", "migrate_text", "save"]

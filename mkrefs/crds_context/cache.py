"""The folders and the server_config of a CRDS cache on disk; the rules themselves are read elsewhere."""

import ast
import pprint
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mkrefs.errors import UserError
from mkrefs.storage.atomic import write_text_atomic


@dataclass(frozen=True, slots=True)
class Cache:
    """A CRDS cache of JWST: where its parts lie.

    Attributes
    ----------
    root : Path
        What ``CRDS_PATH`` names.
    """

    root: Path

    @property
    def config(self) -> Path:
        """Folder of server_config and ref_cache_subdir_mode."""
        return self.root / "config" / "jwst"

    @property
    def mappings(self) -> Path:
        """Folder of the rules: pmaps, imaps, rmaps."""
        return self.root / "mappings" / "jwst"

    @property
    def references(self) -> Path:
        """Folder of the reference files."""
        return self.root / "references" / "jwst"

    @property
    def server_config(self) -> Path:
        """The file that says which context is in force."""
        return self.config / "server_config"

    @property
    def subdir_mode(self) -> Path:
        """The file that says how reference files are laid out: ``flat`` or ``instrument``."""
        return self.config / "ref_cache_subdir_mode"

    def reference_folder(self, instrument: str) -> Path:
        """Give the folder of an instrument's reference files."""
        mode = (
            self.subdir_mode.read_text().strip()
            if self.subdir_mode.exists()
            else _found_mode(self.references)
        )
        return self.references / instrument.lower() if mode == "instrument" else self.references


#: What server_config says of a cache that no server ever filled.
NO_SERVER: Mapping[str, Any] = MappingProxyType(
    {
        "observatory": "jwst",
        "bad_files": "",
        "bad_files_list": [],
        "connected": False,
        "context_history": [],
        "force_remote_mode": False,
        "last_synced": "2000-01-01 00:00:00",
        "mapping_url": {"jwst": ""},
        "reference_url": {"jwst": ""},
        "server": "https://crds-serverless-mode.stsci.edu",
        "status": "cache",
    }
)


def read_server_config(cache: Cache) -> dict[str, Any]:
    """Read the configuration of a cache.

    Raises
    ------
    UserError
        If the folder holds no CRDS cache, or its server_config is damaged.
    """
    try:
        config = ast.literal_eval(cache.server_config.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{cache.root}: this is no CRDS cache ({cache.server_config} is missing); "
            f"make one with 'mkrefs context create {cache.root}'."
        ) from None
    except (SyntaxError, ValueError) as error:
        raise UserError(
            f"{cache.server_config}: this is not the configuration of a CRDS cache ({error}); "
            "restore it from a copy."
        ) from error
    if not isinstance(config, dict):
        raise UserError(f"{cache.server_config}: a dictionary was expected; restore it from a copy.")
    return config


def write_server_config(cache: Cache, before: Mapping[str, Any], context: str, crds_version: str) -> None:
    """Put a context in force: replace server_config, atomically.

    Parameters
    ----------
    cache : Cache
        The cache, which holds all files of the context already.
    before : mapping
        The configuration so far; what does not depend on the context is kept.
    context : str
        Name of the pmap.
    crds_version : str
        Version of the installed crds.
    """
    named = ("operational_context", "edit_context", "latest_context", "versions_context")
    held = (path.name for path in cache.mappings.glob("*.[pir]map"))
    config = {
        **before,
        **dict.fromkeys(named, context),
        "crds_version": {"str": crds_version},
        "mappings": sorted({*before.get("mappings", ()), *held}),
    }
    write_text_atomic(cache.server_config, pprint.pformat(config) + "\n")


def _found_mode(references: Path) -> str:
    """Tell the layout of a cache that does not say: by instrument if it has such folders."""
    folders = ("fgs", "miri", "nircam", "niriss", "nirspec")
    return "instrument" if any((references / name).is_dir() for name in folders) else "flat"

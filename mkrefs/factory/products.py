"""Looks on disk for other pipeline products of the exposures in the catalog."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mkrefs.catalog import CatalogRules, build_catalog
from mkrefs.errors import UserError
from mkrefs.instruments.exposure_header import Header
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, product_suffix
from mkrefs.instruments.products import SEARCHED_IMAGES

_SUFFIXES = tuple(
    dict.fromkeys(("uncal", "ramp", *(product_suffix(step) for step in DONE_KEYWORDS), *SEARCHED_IMAGES))
)


class ProductFinder:
    """Finds further products of exposures by name.

    Parameters
    ----------
    table : DataFrame
        The usable rows of the catalog.
    rules : CatalogRules
        How headers are read.
    search : sequence of str
        ``pipeline_prod_search_dir``: folders looked in before the pipeline is run.

    Raises
    ------
    UserError
        If one of the folders does not exist.
    """

    def __init__(self, table: pd.DataFrame, rules: CatalogRules, search: Sequence[str]) -> None:
        self._table = table
        self._rules = rules
        self._search = [_existing(Path(folder)) for folder in search]
        self._known = set(table["file"])
        self._folders: dict[str, dict[str, None]] = {}
        for file, exposure in zip(table["file"], table["exposure"], strict=True):
            self._folders.setdefault(exposure, {})[os.path.dirname(file)] = None  # noqa: PTH120 - far faster

    def with_searched_products(self) -> pd.DataFrame:
        """Give the table with the products found in the search folders."""
        known = set(self._table["file"])
        wanted = {
            str(path): exposure
            for exposure in self._table["exposure"].unique()
            for folder in self._search
            for path in _products(folder, exposure)
            if str(path) not in known
        }
        return pd.concat([self._table, self._rows(wanted)], ignore_index=True) if wanted else self._table

    def siblings(self, exposure: str) -> Sequence[Header]:
        """Find the products of an exposure that lie beside the ones in the catalog."""
        folders = self._folders.get(exposure, {})
        products = (path for folder in folders for path in _products(Path(folder), exposure))
        found = [path for path in products if str(path) not in self._known]
        if not found:
            return []
        return list(self._rows({str(path): exposure for path in found}).to_dict("records"))

    def _rows(self, files: dict[str, str]) -> pd.DataFrame:
        """Read the headers of files found for exposures; keep those that are of the same exposure."""
        if not files:
            return self._table.iloc[:0]
        table = build_catalog(list(files), self._rules.for_products()).table
        found = table[table["skip"] == ""].copy()
        found["exposure"] = [files[file] for file in found["file"]]
        known = {row["exposure"]: row for row in self._table.to_dict("records")}
        same = [_identity(row) == _identity(known[row["exposure"]]) for row in found.to_dict("records")]
        usable = found[np.array(same, bool)].copy()
        usable["imtype"] = [known[exposure]["imtype"] for exposure in usable["exposure"]]
        return usable


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise UserError(
            f"output.pipeline_prod_search_dir: {folder} is not a folder; name existing "
            "folders or leave it empty."
        )
    return folder


def _identity(row: Header) -> tuple[object, ...]:
    """Give what tells an exposure from a namesake of another run."""
    return tuple(row.get(key) for key in ("INSTRUME", "DETECTOR", "DATE-OBS", "TIME-OBS", "EXPSTART"))


def _products(folder: Path, exposure: str) -> list[Path]:
    candidates = [folder / f"{exposure}_{suffix}.fits" for suffix in _SUFFIXES]
    return [path.resolve() for path in candidates if path.is_file()]

"""What comes before any work: the catalog of exposures, and the plan."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mkrefs.catalog import build_catalog
from mkrefs.config import Config, Overrides
from mkrefs.factory.prepare import catalog_rules, run_layout
from mkrefs.factory.products import ProductFinder
from mkrefs.factory.requests import request_for
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.build import build_plan
from mkrefs.registry.plugins import load_plugins

_LABEL = "readnoise"
_CONFIGURATION = Path(__file__).parents[2] / "configs" / "nircam-readnoise.yml"


def catalog(given: Mapping[str, Any]) -> dict[str, int]:
    """Make the catalog of exposures; give how many can be used."""
    table = build_catalog(given["exposures"], catalog_rules(_config(given["output"]))).table
    return {"exposures": int((table["skip"] == "").sum())}


def plan(given: Mapping[str, Any]) -> dict[str, int]:
    """Group and plan exposures whose catalog is there already; give the numbers of both."""
    config = _config(given["output"])
    request = request_for(_LABEL, config, load_plugins())
    table = _table(tuple(given["exposures"]), given["output"])
    finder = ProductFinder(table, catalog_rules(config, [request]), config.output.pipeline_prod_search_dir)
    made = build_plan(
        finder.with_searched_products(),
        [request],
        [],
        layout=run_layout(config, new_run=False),
        crds=CrdsState(),
        find_products=finder.siblings,
    )
    return {"exposures": len(table), "jobs": len(made.jobs)}


@cache
def _table(exposures: Sequence[str], output: str) -> pd.DataFrame:
    """Make the catalog once."""
    config = _config(output)
    rules = catalog_rules(config, [request_for(_LABEL, config, load_plugins())])
    table = build_catalog(exposures, rules).table
    return table[table["skip"] == ""]


def _config(output: str) -> Config:
    section = (("output", "outrootdir", str(Path(output).parent)), ("D+", "max_Delta_MJD", "0.5"))
    return read_config(
        _CONFIGURATION, (), Overrides(section=section), load_plugins(), reserved=(), requested=(_LABEL,)
    )

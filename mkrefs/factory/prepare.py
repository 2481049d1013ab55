"""Everything up to the plan: reads the configuration and the headers, groups, plans. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from mkrefs.catalog import Catalog, CatalogRules, build_catalog, expand_inputs
from mkrefs.config import Config
from mkrefs.factory.makers import with_makers
from mkrefs.factory.products import ProductFinder
from mkrefs.factory.requests import Request, request_for
from mkrefs.instruments.reference_types import INSTRUMENTS
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.build import build_plan
from mkrefs.planning.naming import RunLayout, resolve_run_id
from mkrefs.planning.plan import Plan
from mkrefs.planning.request import CorrectionRequest, LabelRequest
from mkrefs.registry.plugins import Plugins


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before anything runs."""

    config: Config
    catalog: Catalog
    plan: Plan


def prepare(
    labels: Sequence[str],
    files: Sequence[str],
    config: Config,
    plugins: Plugins,
    *,
    crds: CrdsState,
    new_run: bool = False,
) -> Prepared:
    """Catalogue the files and plan the run.

    Parameters
    ----------
    labels : sequence of str
        What to make.
    files : sequence of str
        Files and glob patterns.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.
    crds : CrdsState
        The CRDS cache and context to work in.
    new_run : bool
        With ``runID: AUTO``, begin a run of its own rather than go on with the latest.

    Returns
    -------
    Prepared

    Raises
    ------
    UserError
        If required keywords are missing, or the configuration does not allow a plan.
    """
    requests = [request_for(label, config, plugins) for label in labels]
    rules = catalog_rules(config, requests)
    catalog = build_catalog(expand_inputs(files), rules)
    usable = catalog.table[catalog.table["skip"] == ""]
    settled = with_makers(requests, config, plugins, instruments_of(usable, config))
    finder = ProductFinder(usable, rules, config.output.pipeline_prod_search_dir)
    plan = build_plan(
        finder.with_searched_products(),
        [request for request in settled if isinstance(request, LabelRequest)],
        [request for request in settled if isinstance(request, CorrectionRequest)],
        layout=run_layout(config, new_run=new_run),
        crds=crds,
        find_products=finder.siblings,
    )
    return Prepared(config, catalog, replace(plan, skipped=catalog.skipped))


def instruments_of(table: pd.DataFrame, config: Config) -> tuple[str, ...]:
    """Name the instruments of the exposures; without exposures, those that the configuration allows."""
    found = tuple(sorted(table["INSTRUME"].dropna().unique()))
    return found or ((config.instrument,) if config.instrument else INSTRUMENTS)


def catalog_rules(config: Config, requests: Sequence[Request] = ()) -> CatalogRules:
    """Give the rules of the catalog that the configuration sets, and the keywords that labels group by."""
    inputs = config.inputfiles
    grouped_by = {keyword for request in requests for keyword in _keywords(request)}
    return CatalogRules(
        dark_pattern=inputs.dark_pattern,
        flat_pattern=inputs.flat_pattern,
        basenamepattern=inputs.basenamepattern,
        dateobs_fitskey=inputs.dateobs_fitskey,
        timeobs_fitskey=inputs.timeobs_fitskey,
        mjdobs_fitskey=inputs.mjdobs_fitskey,
        requiredfitskeys=tuple(inputs.requiredfitskeys),
        optionalfitskeys=tuple(dict.fromkeys((*inputs.optionalfitskeys, *sorted(grouped_by)))),
        instrument=config.instrument,
    )


def run_layout(config: Config, *, new_run: bool) -> RunLayout:
    """Decide the folders of the run."""
    output = config.output
    root = Path(config.require_outrootdir()).resolve()
    subdir = output.outsubdir or ""
    parent = root / subdir
    run_id = resolve_run_id(parent, output.runID, output.runIDNdigits, new=new_run)
    if output.ssbdir:
        products = Path(output.ssbdir).resolve()
    else:
        products = parent / "ssb" if output.skip_runID_ssbdir else parent / run_id / "ssb"
    return RunLayout(root, subdir, run_id, output.addsuffix or "", products)


def _keywords(request: Request) -> tuple[str, ...]:
    """Name the keywords that must agree inside a group of a label."""
    if isinstance(request, CorrectionRequest):
        return request.same
    return tuple(keyword for keywords in request.same.values() for keyword in keywords)

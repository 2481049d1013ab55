"""Shows a plan: the catalog, the groups and what was left out, the pipeline runs, the outputs."""

import json
import math
from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding

from mkrefs.catalog import Catalog
from mkrefs.cli.check_report import planned_checks
from mkrefs.cli.console import make_console, make_table, short_path
from mkrefs.counting import counted
from mkrefs.factory.execution import Execution
from mkrefs.factory.kept_plan import kept_values
from mkrefs.instruments.exposure_header import present
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.planning.dates import proposed_useafter
from mkrefs.planning.plan import LabelPlan, Plan
from mkrefs.reference_files.history import between

# More exposures that a label leaves out for one reason are counted.
_NAMED = 3


def show_plan(plan: Plan, verbose: int, catalog: Catalog | None = None) -> None:
    """Print a plan.

    Parameters
    ----------
    plan : Plan
        What will be done.
    verbose : int
        From 1 on, the steps of each pipeline run, the parameters of each label and the name of every exposure
        that is left out are shown.
    catalog : Catalog
        The exposures, where they were looked at; without it only the files that were left out are shown.
    """
    console = make_console()
    if catalog is not None:
        show_catalog(console, catalog)
    else:
        _show_skipped(console, plan.skipped)
    for label in plan.labels:
        _show_label(console, label, plan, verbose)
    _show_selections(console, plan)
    _show_pipeline(console, plan, verbose)
    _show_outputs(console, plan)


def plan_json(plan: Plan, execution: Execution) -> str:
    """Give a plan, and how it is run, as JSON: what a run keeps in its folder."""
    return json.dumps(kept_values(plan, execution), indent=2)


def show_catalog(console: Console, catalog: Catalog) -> None:
    """Print the table of exposures, and the files that were left out with the reasons."""
    used = catalog.used
    console.print(f"Exposures: {len(used)} used, {len(catalog.skipped)} skipped", style="bold")
    table = make_table("file", "type", "MJD", "detector", "subarray", "readpatt", "groups", "ints")
    for row in used.to_dict("records"):
        mjd = "-" if math.isnan(row["mjd"]) else f"{row['mjd']:.5f}"
        cells = (present(row, key) for key in ("DETECTOR", "SUBARRAY", "READPATT", "NGROUPS", "NINTS"))
        told = ("-" if cell is None else str(cell) for cell in cells)
        table.add_row(short_path(row["file"]), row["imtype"], mjd, *told)
    if len(used):
        console.print(table)
    _show_skipped(console, catalog.skipped)


def show_left_out(console: Console, label: LabelPlan, verbose: int) -> None:
    """Print which exposures a label does not use and why, and what else there is to know of it.

    Unless ``verbose``, many that share a reason are counted and not named.
    """
    for note in label.notes:
        console.print(f"  {label.label}: {note}")
    reasons: dict[str, list[str]] = {}
    for left in label.left_out:
        reasons.setdefault(left.reason, []).append(left.exposure)
    for reason, exposures in reasons.items():
        if verbose or len(exposures) <= _NAMED:
            for exposure in exposures:
                console.print(f"  {label.label}: left out {exposure}: {reason}")
        else:
            console.print(f"  {label.label}: left out {len(exposures)} exposures (-v names them): {reason}")


def _show_skipped(console: Console, skipped: Mapping[str, str]) -> None:
    for file, reason in skipped.items():
        console.print(f"  skipped {short_path(file)}: {reason}")


def _show_label(console: Console, label: LabelPlan, plan: Plan, verbose: int) -> None:
    groups = counted(len(label.sets), "group")
    made = label.reftype or "corrected images"
    console.print(f"\n{label.label} ({made}, imtypes {label.imtypes}): {groups}", style="bold")
    for number, each in enumerate(label.sets, 1):
        mode = ", ".join(f"{keyword} {value}" for keyword, value in each.mode if value is not None)
        members = ", ".join(f"{role} {exposure}" for role, exposure in each.roles)
        console.print(f"  group {number}: {len(each.roles)} exposures within {each.span:.3f} days")
        _indented(console, f"mode {mode}")
        _indented(console, members)
    show_left_out(console, label, verbose)
    if verbose:
        jobs: tuple[CorrectJob | CreateJob, ...] = (*plan.corrections, *plan.individuals)
        job = next((job for job in jobs if job.label == label.label), None)
        for name, value in (job.parameters if job else {}).items():
            console.print(f"  {name}: {value}")


def _dates(final: CombineJob) -> str:
    """Tell USEAFTER and PEDIGREE of a final file, and what the days of its exposures would make of them."""
    useafter, pedigree = (final.parameters[name] for name in ("useafter", "pedigree"))
    proposed = proposed_useafter(final.days)
    proposal = "" if useafter == proposed else f"; useafter AUTO would give {proposed}"
    return f"USEAFTER {useafter}, PEDIGREE {pedigree}, exposures taken {between(final.days)}{proposal}"


def _indented(console: Console, text: str) -> None:
    """Print a long text so that it stays indented where a terminal wraps it."""
    console.print(Padding(text, (0, 0, 0, 4), expand=False))


def _show_pipeline(console: Console, plan: Plan, verbose: int) -> None:
    console.print(f"\nPipeline runs: {len(plan.calibrations)}", style="bold")
    for job in plan.calibrations:
        console.print(f"  {short_path(job.source)}: {', '.join(job.steps)}")
        if verbose:
            for product in job.products:
                console.print(f"    after {product.steps[-1]}: {short_path(product.path)}")
            for reftype, path in job.overrides.items():
                console.print(f"    with {reftype} {path}")


def _show_selections(console: Console, plan: Plan) -> None:
    if plan.selections:
        console.print("\nReference files for the pipeline, chosen by the rules of CRDS", style="bold")
    for job in plan.selections:
        exposures = counted(len(job.sources), "exposure")
        console.print(f"  {', '.join(job.reftypes)} for {exposures}, over the context")
        for file in job.files:
            console.print(f"    {short_path(file)}")


def _show_outputs(console: Console, plan: Plan) -> None:
    images = [image for job in plan.corrections for image in job.images]
    counts = (f"{len(images)} corrected images",) if images else ()
    counts = (*counts, f"{len(plan.individuals)} individual", f"{len(plan.finals)} final")
    console.print(f"\nOutputs: {', '.join(counts)}", style="bold")
    for image in images:
        console.print(f"  image {short_path(image.output)}")
        _indented(console, f"from {short_path(image.path)}")
    for individual in plan.individuals:
        console.print(f"  individual {short_path(individual.output)}")
    for final in plan.finals:
        console.print(f"  final {short_path(final.output)}")
        _indented(console, _dates(final))
    for check in planned_checks(plan):
        console.print(f"  {check}")

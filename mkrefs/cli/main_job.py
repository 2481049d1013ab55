"""The main job and its dry run: ``mkrefs LABEL FILES`` and ``mkrefs plan LABEL FILES``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from mkrefs.cli.group import MAIN_JOB, SETTINGS, SettingsCommand
from mkrefs.cli.options import main_job_options, output_settings, run_options

if TYPE_CHECKING:
    from mkrefs.factory.prepare import Prepared

#: Words that are commands of ``mkrefs`` now or are kept for it; no label may take one.
RESERVED = (
    "certify",
    "check",
    "compare",
    "context",
    "deliver",
    "demo",
    "describe",
    "migrate",
    "new-plugin",
    "overview",
    "plan",
    "plugins",
    "report",
    "resume",
    "run",
    "simulate",
    "why",
)

_EPILOG = (
    "Exit status: 0 all made, 1 something failed, 2 wrong usage or configuration, 130 stopped by Ctrl-C."
)


@click.command(name=MAIN_JOB, cls=SettingsCommand, hidden=True, epilog=_EPILOG)
@main_job_options
@run_options
@click.pass_context
def run(ctx: click.Context, /, **options: Any) -> None:
    """Make reference files, or correct images, of the given labels from the given files."""
    prepared = prepare_run(ctx, options)
    if options["onlyshow"]:
        _show(prepared, options["verbose"])
        return
    from mkrefs.cli.running import run_and_report

    ctx.exit(
        run_and_report(
            prepared,
            verbose=options["verbose"],
            nproc=options["nproc"],
            redo_pipeline=options["force_redo_strun"],
            redo_references=options["force_redo_ref"],
        )
    )


@click.command(cls=SettingsCommand, short_help="Show what would be done, write nothing.")
@main_job_options
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
@click.pass_context
def plan(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Show the exposures, the groups, the pipeline runs and the outputs, and write nothing."""
    prepared = prepare_run(ctx, options)
    if as_json:
        from mkrefs.cli.plan_report import plan_json

        click.echo(plan_json(prepared))
    else:
        _show(prepared, options["verbose"])


def prepare_run(ctx: click.Context, options: dict[str, Any]) -> Prepared:
    """Read the configuration and plan, from the words and options of the main job."""
    from mkrefs.cli.words import sort_words
    from mkrefs.config import Overrides
    from mkrefs.factory.prepare import prepare
    from mkrefs.factory.settings import known_labels, read_config
    from mkrefs.jobs.crds_state import CrdsState
    from mkrefs.registry.plugins import load_plugins

    plugins = load_plugins()
    files = (options["cfgfile"], options["extracfgfile"])
    overrides = Overrides(
        everywhere=options["everywhere"],
        main=options["top"],
        section=options["section"],
        option=output_settings(options),
        label=ctx.meta[SETTINGS],
    )
    words = sort_words(options["words"], known_labels(*files, overrides, plugins, RESERVED))
    config = read_config(*files, overrides, plugins, reserved=RESERVED, requested=words.labels)
    for warning in config.warnings:
        click.echo(f"mkrefs: warning: {warning}", err=True)
    crds = CrdsState(*(os.environ.get(name, "") for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL")))
    return prepare(words.labels, words.files, config, plugins, crds=crds, new_run=options["new_run"])


def _show(prepared: Prepared, verbose: int) -> None:
    from mkrefs.cli.plan_report import show_plan

    show_plan(prepared, verbose)

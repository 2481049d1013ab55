"""The main job and its dry run: ``mkrefs LABEL FILES`` and ``mkrefs plan LABEL FILES``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from mkrefs.cli.group import MAIN_JOB, SETTINGS, SettingsCommand
from mkrefs.cli.options import key_settings, main_job_options, run_options

if TYPE_CHECKING:
    from mkrefs.cli.words import Words
    from mkrefs.config import Config
    from mkrefs.factory.prepare import Prepared
    from mkrefs.registry.plugins import Plugins

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
    "Exit status: 0 all made, 1 something failed, 2 wrong usage or configuration, 130 stopped by Ctrl-C. "
    "'mkrefs resume' goes on with a run that was stopped or killed."
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
    from mkrefs.cli.running import Telling, run_and_report
    from mkrefs.factory.execute import RunOptions
    from mkrefs.factory.execution import execution_of

    asked = RunOptions(
        redo_pipeline=options["force_redo_strun"],
        redo_references=options["force_redo_ref"],
        command=("mkrefs", *sys.argv[1:]),
    )
    telling = Telling(options["verbose"], options["log_json"])
    execution = execution_of(prepared.config)
    ctx.exit(run_and_report(prepared.plan, execution, asked, telling, prepared.catalog))


@click.command(cls=SettingsCommand, short_help="Show what would be done, write nothing.")
@main_job_options
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
@click.option(
    "--job-script",
    is_flag=True,
    help="Print the job script that a batch system would get; labels and files may be left out.",
)
@click.pass_context
def plan(ctx: click.Context, /, *, as_json: bool, job_script: bool, **options: Any) -> None:
    """Show the exposures, the groups, the pipeline runs and the outputs, and write nothing."""
    if job_script:
        click.echo(_job_script(ctx, options).rstrip("\n"))
        return
    prepared = prepare_run(ctx, options)
    if as_json:
        from mkrefs.cli.plan_report import plan_json
        from mkrefs.factory.execution import execution_of

        click.echo(plan_json(prepared.plan, execution_of(prepared.config)))
    else:
        _show(prepared, options["verbose"])


def prepare_run(ctx: click.Context, options: dict[str, Any]) -> Prepared:
    """Read the configuration and plan, from the words and options of the main job."""
    from mkrefs.factory.crds_variables import crds_of_environment
    from mkrefs.factory.prepare import prepare
    from mkrefs.registry.plugins import load_plugins

    plugins = load_plugins()
    config, words = _configured(ctx, options, plugins)
    crds = crds_of_environment()
    return prepare(words.labels, words.files, config, plugins, crds=crds, new_run=options["new_run"])


def _configured(
    ctx: click.Context, options: dict[str, Any], plugins: Plugins, *, needs_words: bool = True
) -> tuple[Config, Words]:
    """Read the configuration in force for the words of the command line, which are sorted with its help."""
    from mkrefs.cli.words import sort_words
    from mkrefs.config import Overrides
    from mkrefs.factory.settings import known_labels, read_config

    files = (options["cfgfile"], options["extracfgfile"])
    overrides = Overrides(
        everywhere=options["everywhere"],
        main=options["top"],
        section=options["section"],
        option=key_settings(options),
        label=ctx.meta[SETTINGS],
    )
    known = known_labels(*files, overrides, plugins, RESERVED)
    words = sort_words(options["words"], known, needs_all=needs_words)
    config = read_config(*files, overrides, plugins, reserved=RESERVED, requested=words.labels)
    for warning in config.warnings:
        click.echo(f"mkrefs: warning: {warning}", err=True)
    return config, words


def _job_script(ctx: click.Context, options: dict[str, Any]) -> str:
    """Give the job script for a batch system."""
    from mkrefs.factory.job_script import job_script_of
    from mkrefs.registry.plugins import load_plugins

    config, _ = _configured(ctx, options, load_plugins(), needs_words=False)
    return job_script_of(config, new_run=options["new_run"])


def _show(prepared: Prepared, verbose: int) -> None:
    from mkrefs.cli.plan_report import show_plan

    show_plan(prepared.plan, verbose, prepared.catalog)

"""Every command and option stands on the page of the command line, and nothing else does."""

import re
from pathlib import Path

import click
import pytest

import mkrefs
from mkrefs.cli.main import cli
from mkrefs.cli.main_job import plan, run

PAGE = "docs/reference/command-line.md"
SOURCES = Path(mkrefs.__file__).parent


def options(command: click.Command) -> set[str]:
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts}


def shown(command: click.Command) -> bool:
    return not command.hidden


def test_every_command_has_a_section(page):
    sections = set(re.findall(r"^## `mkrefs ([\w-]+)`$", page(PAGE).text, re.MULTILINE))
    assert sections == {name for name, command in cli.commands.items() if shown(command)}


def test_the_commands_of_context_have_their_options(page):
    context = cli.commands["context"]
    assert isinstance(context, click.Group)
    named = set(page(PAGE).names("`mkrefs context`"))
    assert named - {"mkrefs"} == set().union(*map(options, context.commands.values()))
    rows = [row[0] for row in page(PAGE).rows("`mkrefs context`")]
    assert {row.split()[2] for row in rows if row.startswith("`mkrefs")} == set(context.commands)


def test_the_main_job_has_its_options(page):
    extra = {"--LABEL.KEY", "--version", "-h", "--help"}
    assert set(page(PAGE).names("The main job")) == options(run) | extra
    assert options(cli) == {"--version"}


def test_plan_takes_the_options_of_the_main_job_but_those_named(page):
    own = {"--json", "--job-script"}
    assert set(page(PAGE).names("`mkrefs plan`")) == options(plan) - options(run) == own
    excepted = page(PAGE).section("`mkrefs plan`").split("except", 1)[1].split("and two of its own", 1)[0]
    assert set(re.findall(r"`(-[^`]+)`", excepted)) == options(run) - options(plan)


@pytest.mark.parametrize(
    "name",
    [
        "demo",
        "plugins",
        "describe",
        "simulate",
        "overview",
        "report",
        "migrate",
        "check",
        "certify",
        "compare",
        "deliver",
        "resume",
    ],
)
def test_every_other_command_has_its_options(page, name):
    assert set(page(PAGE).names(f"`mkrefs {name}`")) == options(cli.commands[name])


def test_the_sub_commands_of_context_are_there(page):
    context = cli.commands["context"]
    assert isinstance(context, click.Group)
    text = page(PAGE).section("`mkrefs context`")
    assert set(re.findall(r"`mkrefs context (\w+) ", text)) == set(context.commands)
    documented = set(re.findall(r"`(--\w+)", text))
    assert documented == {name for command in context.commands.values() for name in options(command)}


def test_the_defaults_of_simulate_are_right(page):
    cells = {row[0]: row[1] for row in page(PAGE).rows("`mkrefs simulate`")}
    for param in cli.commands["simulate"].params:
        if isinstance(param, click.Option) and param.show_default:
            text = next(cell for name, cell in cells.items() if name.startswith(f"`{param.opts[0]}"))
            default = re.search(r"Default: `?([^`]+?)`?\.$", text)
            assert default is not None
            assert default[1] in (str(param.default), f"{param.default:g}" if param.default == 1.0 else "")


def test_environment_variables_of_mkrefs_are_there(page):
    documented = set(page(PAGE).names("Environment variables"))
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    assert set(re.findall(r"\bJWST_MKREFS_[A-Z]+\b", code)) <= documented
    assert set(re.findall(r"\b[A-Z]+_NUM_THREADS\b", code)) <= documented
    assert {"CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL", "NO_COLOR"} <= documented

"""The top command: without the name of a sub-command it does the main job."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

#: The hidden command that does the main job.
MAIN_JOB = "run"
#: Key of the context's meta under which ``--LABEL.KEY VALUE`` settings are kept.
SETTINGS = "mkrefs.settings"

_SETTING = re.compile(r"--([A-Za-z_][\w-]*)\.([A-Za-z_][\w.]*)(?:=(.*))?", re.DOTALL)


class NamelessContext(click.Context):
    """A context in whose texts a command without a name leaves no gap."""

    @property
    def command_path(self) -> str:
        """The words that call the command."""
        return super().command_path.rstrip()


class SettingsCommand(click.Command):
    """A command that also takes ``--LABEL.KEY VALUE``, any number of times."""

    context_class = NamelessContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set aside the settings of labels, then parse the rest."""
        rest, settings = take_settings(args)
        ctx.meta[SETTINGS] = settings
        return super().parse_args(ctx, rest)


class FactoryGroup(click.Group):
    """Sub-commands by name; any other words are labels and files of the main job."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the sub-command first, wherever it was typed, and the main job where there is none."""
        if args and args[0] not in ("--help", "-h", "--version"):
            verb = self._verb(args)
            args = [MAIN_JOB, *args] if verb is None else [args[verb], *args[:verb], *args[verb + 1 :]]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the main job goes without a name in what is shown to the user."""
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == MAIN_JOB else name), command, rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options of the main job with the group's own."""
        main_job = self.commands[MAIN_JOB]
        records = [record for param in main_job.get_params(ctx) if (record := param.get_help_record(ctx))]
        records += [record for param in self.params if (record := param.get_help_record(ctx))]
        with formatter.section("Options of the main job"):
            formatter.write_dl(records)
        self.format_commands(ctx, formatter)

    def _verb(self, args: Sequence[str]) -> int | None:
        """Find the place of the sub-command: the first word that is no option and no option's value."""
        place = next(iter(self._words(args)), None)
        if place is None or args[place] not in self.commands or args[place] == MAIN_JOB:
            return None
        return place

    def _words(self, args: Sequence[str]) -> Iterator[int]:
        widths = {
            name: 0 if getattr(param, "is_flag", False) or getattr(param, "count", False) else param.nargs
            for param in self.commands[MAIN_JOB].params
            for name in param.opts
        }
        place = 0
        while place < len(args):
            word = args[place]
            if word == "--":
                yield from range(place + 1, len(args))
                return
            if word.startswith("-") and len(word) > 1:
                place += _width(word, widths)
            else:
                yield place
            place += 1


def take_settings(args: Sequence[str]) -> tuple[list[str], tuple[tuple[str, str, str], ...]]:
    """Take ``--LABEL.KEY VALUE`` and ``--LABEL.KEY=VALUE`` out of a command line.

    Returns
    -------
    rest : list of str
    settings : tuple of (label, key, value)

    Raises
    ------
    click.UsageError
        If a value is missing.
    """
    rest: list[str] = []
    settings = []
    words = iter(args)
    for word in words:
        match = _SETTING.fullmatch(word)
        if match is None:
            rest.append(word)
            continue
        label, key, value = match.groups()
        if value is None:
            value = next(words, None)
        if value is None:
            raise click.UsageError(f"--{label}.{key} needs a value: write --{label}.{key} VALUE")
        settings.append((label, key, value))
    return rest, tuple(settings)


def _width(word: str, widths: dict[str, Any]) -> int:
    """Count the words that follow an option as its values."""
    if "=" in word:
        return 0
    if _SETTING.fullmatch(word):
        return 1
    if word.startswith("--") or word in widths:
        return int(widths.get(word, 0))
    return 0

"""Wrong usage of the command line, told in one sentence as every other mistake is."""

import re
from collections.abc import Collection

import click

_NO_COMMAND = re.compile(r"No such command '([^']*)'")


def one_sentence(error: click.ClickException) -> str:
    """Say what is wrong, which name is nearest to one that does not exist, and where help is.

    Parameters
    ----------
    error : click.ClickException
        What the parser of the command line found.

    Returns
    -------
    str
    """
    if not isinstance(error, click.UsageError):
        return _joined(error.format_message())
    word, names = _unknown(error, error.ctx.command) if error.ctx else ("", ())
    said = _joined(error.message if word else error.format_message()).rstrip(".")
    path = error.ctx.command_path if error.ctx else "mkrefs"
    return f"{said}; {_hint(word, names)}see '{path} --help'."


def _unknown(error: click.ClickException, command: click.Command) -> tuple[str, Collection[str]]:
    """Give the name that does not exist, and those that do; an empty name if that is not the mistake."""
    if isinstance(error, click.NoSuchOption):
        options = [param for param in command.params if isinstance(param, click.Option)]
        return error.option_name, [name for param in options for name in param.opts if name[:2] == "--"]
    match = _NO_COMMAND.search(error.message)
    if match is not None and isinstance(command, click.Group):
        return match[1], command.commands
    return "", ()


def _hint(word: str, names: Collection[str]) -> str:
    from mkrefs.config.problems import nearest

    near = nearest(word, names) if word else None
    return f"did you mean '{near}'? " if near else ""


def _joined(text: str) -> str:
    return " ".join(text.split())

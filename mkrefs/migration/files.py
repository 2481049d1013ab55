"""Reads an old configuration, has the result checked like any other, and writes it; the old file stays."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mkrefs.config import ConfigError, Overrides
from mkrefs.config.problems import Problem
from mkrefs.errors import UserError
from mkrefs.factory.settings import read_config
from mkrefs.migration.finding import Finding, Kind
from mkrefs.migration.migrate import migrate_text
from mkrefs.registry.plugins import Plugins
from mkrefs.storage.atomic import write_text_atomic


@dataclass(frozen=True, slots=True)
class Migrated:
    """A new configuration and what there is to tell about it.

    Attributes
    ----------
    old, new : Path
        The files; the new one need not exist yet.
    text : str
        The new configuration.
    findings : tuple of Finding
        What was changed, what is open, and what is worth knowing.
    problems : tuple of Problem
        What mkrefs finds wrong with the new configuration, and no finding tells already.
    warnings : tuple of str
        What looks like a mistake in it.
    """

    old: Path
    new: Path
    text: str
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the user."""
        return not self.problems and not self.of(Kind.OPEN)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """Give the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)


def migrate_file(old: Path, new: Path, plugins: Plugins, reserved: Collection[str]) -> Migrated:
    """Migrate a file, and check the result; nothing is written.

    Parameters
    ----------
    old, new : Path
        The old configuration, and the name of the new one, for messages.
    plugins : Plugins
        What is installed.
    reserved : collection of str
        Names no label may have.

    Raises
    ------
    mkrefs.errors.UserError
        If the old file cannot be read.
    """
    text, findings = migrate_text(_read(old), str(old), plugins.creators)
    problems, warnings = _checked(text, new, plugins, reserved)
    told = {finding.line for finding in findings if finding.kind is Kind.OPEN}
    remaining = tuple(problem for problem in problems if problem.line not in told)
    return Migrated(old, new, text, findings, remaining, warnings)


def save(migrated: Migrated, *, force: bool) -> None:
    """Write the new configuration: all of it or nothing.

    Raises
    ------
    mkrefs.errors.UserError
        If it would take the place of the old file, or, without `force`, of any other, or its folder is
        not there.
    """
    old, new = migrated.old, migrated.new
    if new.exists() and new.samefile(old):
        raise UserError(f"{new} is the old configuration, which stays as it is; name another file with -o.")
    if new.exists() and not (force and new.is_file()):
        what = "with --force it is replaced" if new.is_file() else "it is no file"
        raise UserError(f"{new} exists already: {what}, or name another file with -o.")
    if not new.parent.is_dir():
        raise UserError(
            f"{new} cannot be written: there is no folder {new.parent}; make it, or name another."
        )
    write_text_atomic(new, migrated.text)


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path}: the file cannot be read: {error.strerror or type(error).__name__}."
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: this is no text in UTF-8; save the file in that encoding.") from None


def _checked(
    text: str, new: Path, plugins: Plugins, reserved: Collection[str]
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Read the text as mkrefs reads its configuration; give what is wrong, and what looks wrong."""
    with TemporaryDirectory(prefix="mkrefs-migrate-") as folder:
        path = Path(folder) / "new.yml"
        path.write_bytes(text.encode())
        try:
            config = read_config(path, (), Overrides(), plugins, reserved=reserved, requested=())
        except ConfigError as error:
            return tuple(_of(problem, path, new) for problem in error.problems), ()
        return (), tuple(warning.replace(str(path), str(new)) for warning in config.warnings)


def _of(problem: Problem, read: Path, named: Path) -> Problem:
    """Give a problem the name that its file will have."""
    source, message = (text.replace(str(read), str(named)) for text in (problem.source, problem.message))
    return replace(problem, source=source, message=message)

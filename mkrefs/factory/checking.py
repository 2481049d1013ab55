"""Checks files that somebody names: finds them, and the limits that the configuration sets for them."""

from collections.abc import Sequence
from pathlib import Path

from mkrefs.catalog import expand_inputs
from mkrefs.config import Config
from mkrefs.contract.checks import CheckedFile
from mkrefs.errors import UserError
from mkrefs.gate.gate import check_file
from mkrefs.gate.provenance import from_exposures, read_exposures
from mkrefs.gate.report import GateReport
from mkrefs.gate.rules import GateRules, checks_of
from mkrefs.reference_files.fits_content import read_primary_keyword
from mkrefs.registry.plugins import Plugins


def check_files(
    patterns: Sequence[str], exposures: Sequence[str], config: Config, plugins: Plugins
) -> tuple[GateReport, ...]:
    """Check reference files, whoever made them.

    Parameters
    ----------
    patterns : sequence of str
        Files and glob patterns.
    exposures : sequence of str
        Files and patterns of the exposures they were made from; empty for what the files themselves tell.
    config : Config
        Its limits win over those of the tables; for a file that a label made, the label's too.
    plugins : Plugins
        What is installed.

    Returns
    -------
    tuple of GateReport
        One for each file, in the order given.

    Raises
    ------
    UserError
        If a name or pattern matches no file, or an exposure cannot be read.
    """
    files = existing_files(patterns, "reference files")
    headers = read_exposures(existing_files(exposures, "exposures"))

    def rules_for(file: CheckedFile) -> GateRules:
        return _rules(file, config, plugins)

    made_from = {
        path: from_exposures(headers, read_primary_keyword(path, "DETECTOR")) if headers else None
        for path in files
    }
    return tuple(check_file(path, rules_for, made_from[path]) for path in files)


def existing_files(patterns: Sequence[str], what: str) -> list[Path]:
    """Find the files that names and glob patterns mean.

    Raises
    ------
    UserError
        If one of them matches no file; ``what`` says what is wanted.
    """
    paths = [Path(name) for name in dict.fromkeys(expand_inputs(patterns))]
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError(
            f"{missing[0]}: there is no such file; give {what}, or quoted patterns that match some."
        )
    return paths


def _rules(file: CheckedFile, config: Config, plugins: Plugins) -> GateRules:
    """Give the rules for a file: those of the label that made it, or else of its type."""
    settings = config.labels.get(file.made_from.label) if file.made_from else None
    if settings is None or settings.reftype != file.reftype:
        return GateRules(plugins.checks, None, config.checks.get(file.reftype, {}))
    names = checks_of(plugins.checks, file.reftype, plugins.creator(settings.label).checks)
    return GateRules(plugins.checks, names, settings.limits)

"""From files and command line to one `Config`, or to one error that lists every mistake."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from mkrefs.config.batch import Batch
from mkrefs.config.check_limits import LimitReader, read_type_limits
from mkrefs.config.checks import TopNames, batch_problems, cross_checks, name_warnings, sort_names
from mkrefs.config.config import Config
from mkrefs.config.labels import (
    CorrectionSettings,
    Labelled,
    LabelReader,
    LabelSettings,
    engine_keys,
    reference_places,
)
from mkrefs.config.layers import Overrides, canonical, command_line, merged
from mkrefs.config.marks import Node, read_file
from mkrefs.config.problems import ConfigError, Problem
from mkrefs.config.schema import BY_REFTYPE, SECTIONS, Inputfiles, Output, TopLevel, Window
from mkrefs.config.validate import validate
from mkrefs.config.variables import expand_node, unset, unset_message
from mkrefs.contract.checks import Check, Limits
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.image_correction import ImageCorrection

#: The variable that names the top of the output where the configuration does not.
OUTDIR_VARIABLE = "JWST_MKREFS_OUTDIR"

_OUTROOTDIR = "outrootdir"
Known = TypeVar("Known", Inputfiles, Output, Batch)
Declared = TypeVar("Declared", bound=AnyCreator | ImageCorrection)
Settings = TypeVar("Settings", bound=CorrectionSettings)

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NO_OVERRIDES = Overrides()


def load_config(
    main: Path | None,
    *,
    extra: Sequence[Path] = (),
    overrides: Overrides = _NO_OVERRIDES,
    creators: Mapping[str, type[AnyCreator]],
    corrections: Mapping[str, type[ImageCorrection]] = _NOTHING,
    combiners: Mapping[str, type[Combiner]] = _NOTHING,
    checks: Mapping[str, type[Check]] = _NOTHING,
    reserved: Collection[str] = (),
    requested: Collection[str] = (),
    check_steps: Callable[[str], None] | None = None,
) -> Config:
    """Read a configuration.

    Parameters
    ----------
    main : Path or None
        The main file; None for the defaults alone.
    extra : sequence of Path
        Files laid over it, each over those before.
    overrides : Overrides
        What the command line sets, over all files.
    creators : mapping of str to AnyCreator class
        The installed creators by label.
    corrections : mapping of str to ImageCorrection class
        The installed corrections by label.
    combiners : mapping of str to Combiner class
        The installed combiners by name; if there are none, the names are not checked.
    checks : mapping of str to Check class
        The installed checks by name; if there are none, their limits are left out.
    reserved : collection of str
        Names of sub-commands, which no label may have.
    requested : collection of str
        The labels this run is asked for.
    check_steps : callable, optional
        Raises `UserError` if the ``ssbsteps`` it is given name steps that do not exist.

    Returns
    -------
    Config
        The checked configuration.

    Raises
    ------
    ConfigError
        With everything that is wrong.
    """
    problems: list[Problem] = []
    paths = [*([main] if main is not None else []), *extra]
    installed: dict[str, Labelled] = {**creators, **corrections}
    files = merged(_file_layer(path, installed, problems) for path in paths)
    settings = _settings(overrides, files, installed, requested, problems)
    root = merged([files, *(canonical(setting, installed, problems) for setting in settings)])
    names = sort_names(root, installed)
    top = _top_level(root, problems)
    limits = LimitReader(checks, creators)
    type_limits = read_type_limits(root.entries.get("checks"), limits, problems)
    reader = LabelReader(combiners, check_steps, top, reference_places(root), limits, type_limits)
    wanted = {*names.labels, *requested}
    labels = _read_sections(reader.read, names, creators, wanted, problems)
    corrected = _read_sections(reader.read_correction, names, corrections, wanted, problems)
    warnings = tuple(name_warnings(top, names, installed))
    config = _assembled(root, top, names, labels, corrected, type_limits, warnings, problems)
    problems += list(batch_problems(root, config.batch, problems))
    problems += cross_checks(root, top, names, installed, reserved=reserved, requested=requested)
    if problems:
        raise ConfigError(problems)
    return config


def _assembled(
    root: Node,
    top: TopLevel,
    names: TopNames,
    labels: Mapping[str, LabelSettings],
    corrections: Mapping[str, CorrectionSettings],
    limits: Mapping[str, Limits],
    warnings: tuple[str, ...],
    problems: list[Problem],
) -> Config:
    """Read the remaining sections and put everything together; wrong values are at their defaults."""
    return Config(
        instrument=top.instrument,
        reflabels=top.reflabels,
        reftypes=tuple(dict.fromkeys(top.reftypes)),
        default_reflabels=MappingProxyType(dict(top.default_reflabels)),
        inputfiles=_section(Inputfiles, root, "inputfiles", problems),
        windows=_windows(names.windows, problems),
        output=_output(root, problems),
        batch=_section(Batch, root, "batch", problems),
        reffile4ssb=MappingProxyType(dict(top.reffile4ssb)),
        validation=MappingProxyType(dict(top.validation)),
        validation_places=MappingProxyType(reference_places(root, section="validation")),
        checks=limits,
        user_parameters=_user_parameters(names.user, problems),
        labels=MappingProxyType(labels),
        corrections=MappingProxyType(corrections),
        sections=MappingProxyType({name: node.where for name, node in names.labels.items()}),
        warnings=warnings,
        outrootdir_problem=_outrootdir_problem(root),
    )


def _file_layer(path: Path, labels: Collection[str], problems: list[Problem]) -> Node:
    root, found = read_file(path)
    problems += found
    return canonical(root, labels, problems)


def _settings(
    overrides: Overrides,
    files: Node,
    installed: Mapping[str, Labelled],
    requested: Collection[str],
    problems: list[Problem],
) -> list[Node]:
    """Read the command line, which may set the keys of known sections and of labels."""
    declared: dict[str, Collection[str]] = {name: model.model_fields for name, model in SECTIONS.items()}
    names = sort_names(files, installed)
    declared |= dict.fromkeys(names.windows, Window.model_fields)
    for label in dict.fromkeys((*names.labels, *(name for name in requested if name in installed))):
        if label in installed:
            declared[label] = (*engine_keys(installed[label]), *installed[label].Parameters.model_fields)
        else:
            declared[label] = tuple(names.labels[label].entries)
    return command_line(overrides, declared, {*declared, *installed, *BY_REFTYPE}, problems)


def _section(model: type[Known], root: Node, name: str, problems: list[Problem]) -> Known:
    """Read one known section; its defaults if it is missing or wrong."""
    value, found = validate(
        model, root.entries.get(name, Node({}, root.source)), name, keep_unset=(_OUTROOTDIR,)
    )
    problems += found
    return value or model()


def _top_level(root: Node, problems: list[Problem]) -> TopLevel:
    entries = {name: node for name, node in root.entries.items() if name in TopLevel.model_fields}
    entries |= {name: entries[name].without_empty() for name in BY_REFTYPE if name in entries}
    value, found = validate(TopLevel, replace(root, value=entries), "")
    problems += found
    return value or TopLevel()


def _windows(windows: Mapping[str, Node], problems: list[Problem]) -> Mapping[str, float]:
    limits: dict[str, float] = {}
    for name, node in windows.items():
        window, found = validate(Window, node, name)
        problems += found
        if window is not None and window.max_Delta_MJD is not None:
            limits[name] = window.max_Delta_MJD
    return MappingProxyType(limits)


def _read_sections(
    read: Callable[[type[Declared], Node], tuple[Settings | None, list[Problem]]],
    names: TopNames,
    installed: Mapping[str, type[Declared]],
    wanted: Collection[str],
    problems: list[Problem],
) -> Mapping[str, Settings]:
    """Read the section of all that is installed; what nobody mentions need not run on its defaults."""
    settings: dict[str, Settings] = {}
    for label, declared in installed.items():
        value, found = read(declared, names.labels.get(label, Node({}, "defaults")))
        if label in wanted:
            problems += found
        if value is not None:
            settings[label] = value
    return settings


def _user_parameters(user: Mapping[str, Node], problems: list[Problem]) -> Mapping[str, Any]:
    for name, node in user.items():
        for where, key, variable in unset(node, name):
            problems.append(where.problem(key, unset_message(variable)))
    return MappingProxyType({name: expand_node(node).plain() for name, node in user.items()})


def _output(root: Node, problems: list[Problem]) -> Output:
    """Read section ``output``; the environment names the top of the output where no file does."""
    output = _section(Output, root, "output", problems)
    directory = os.environ.get(OUTDIR_VARIABLE, "")
    if _OUTROOTDIR in output.model_fields_set or not directory:
        return output
    return output.model_copy(update={_OUTROOTDIR: directory})


def _outrootdir_problem(root: Node) -> str:
    """Say why the top of the output cannot be used, if it names a variable that is not set."""
    node, path = root.nearest(("output", _OUTROOTDIR))
    if len(path) < 2 or not isinstance(node.value, str):
        return ""
    key = ".".join(str(step) for step in path)
    problems = [where.problem(key, unset_message(name)) for where, _, name in unset(node)]
    return "; ".join(str(problem) for problem in problems)

"""Loads plugins by entry point and checks what they declare."""

import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import pluggy

from mkrefs.contract.checks import Check
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.hooks import PROJECT, Hooks
from mkrefs.contract.image_correction import ImageCorrection
from mkrefs.contract.parameters import Parameters
from mkrefs.errors import UserError
from mkrefs.registry.checks import refuse_unfit_check, refuse_unfit_limits
from mkrefs.registry.declarations import check_declared, check_parameters
from mkrefs.registry.labels import refuse_unfit_correction, refuse_unfit_creator


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plugin comes from: entry-point name, distribution, version, and the hooks it implements."""

    plugin: str
    distribution: str
    version: str
    hooks: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything the installed plugins offer.

    Attributes
    ----------
    creators : mapping of str to AnyCreator class
        By reference label.
    combiners : mapping of str to Combiner class
        By name.
    origins : tuple of Origin
        One for each plugin.
    creator_origins, combiner_origins : mapping of str to Origin
        Where each creator and combiner comes from.
    checks : mapping of str to Check class
        By name.
    check_origins : mapping of str to Origin
        Where each check comes from.
    corrections : mapping of str to ImageCorrection class
        By label.
    correction_origins : mapping of str to Origin
        Where each correction comes from.
    """

    creators: Mapping[str, type[AnyCreator]] = field(default_factory=dict)
    combiners: Mapping[str, type[Combiner]] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    creator_origins: Mapping[str, Origin] = field(default_factory=dict)
    combiner_origins: Mapping[str, Origin] = field(default_factory=dict)
    checks: Mapping[str, type[Check]] = field(default_factory=dict)
    check_origins: Mapping[str, Origin] = field(default_factory=dict)
    corrections: Mapping[str, type[ImageCorrection]] = field(default_factory=dict)
    correction_origins: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def labels(self) -> Mapping[str, type[AnyCreator] | type[ImageCorrection]]:
        """Everything that has a label: creators and corrections."""
        return {**self.creators, **self.corrections}

    def origin(self, label: str) -> Origin:
        """Tell where a creator or correction comes from."""
        return {**self.creator_origins, **self.correction_origins}[label]

    def creator(self, label: str) -> type[AnyCreator]:
        """Give the creator of a label, or say which labels there are."""
        if label not in self.creators:
            raise UserError(
                f"No installed plugin makes '{label}'; installed labels are "
                f"{', '.join(sorted(self.creators))}."
            )
        return self.creators[label]

    def correction(self, label: str) -> type[ImageCorrection]:
        """Give the correction of a label, or say which corrections there are."""
        if label not in self.corrections:
            raise UserError(
                f"No installed plugin corrects images by '{label}'; installed corrections are "
                f"{', '.join(sorted(self.corrections)) or 'none'}."
            )
        return self.corrections[label]

    def combiner(self, name: str) -> type[Combiner]:
        """Give the combiner of a name, or say which combiners there are."""
        if name not in self.combiners:
            raise UserError(
                f"No installed plugin has a combiner '{name}'; installed are "
                f"{', '.join(sorted(self.combiners))}."
            )
        return self.combiners[name]


def load_plugins(extra: Iterable[tuple[str, object]] = ()) -> Plugins:
    """Load all installed plugins.

    Parameters
    ----------
    extra : iterable of (name, module or object)
        Plugins that are not installed distributions, registered after those that are.

    Returns
    -------
    Plugins

    Raises
    ------
    UserError
        If a plugin implements an unknown hook, declares a creator, correction, combiner or check
        incompletely, uses a label or name that another plugin already has, or names a check or limit that
        does not exist.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.load_setuptools_entrypoints(PROJECT)
    for name, plugin in extra:
        manager.register(plugin, name=name)
    _refuse_unknown_hooks(manager)
    versions = _distributions(manager)
    creators: dict[str, tuple[type[AnyCreator], Origin]] = {}
    combiners: dict[str, tuple[type[Combiner], Origin]] = {}
    checks: dict[str, tuple[type[Check], Origin]] = {}
    corrections: dict[str, tuple[type[ImageCorrection], Origin]] = {}
    origins = []
    for name, plugin in manager.list_name_plugin():
        if plugin is None:
            continue
        hooks = tuple(sorted(caller.name for caller in manager.get_hookcallers(plugin) or ()))
        origin = Origin(name, *versions.get(name, ("unpackaged", "0")), hooks)
        origins.append(origin)
        _collect_creators(plugin, origin, creators)
        _collect_combiners(plugin, origin, combiners)
        _collect_checks(plugin, origin, checks)
        _collect_corrections(plugin, origin, corrections)
    for label, (_, origin) in corrections.items():
        _refuse_twice(label, "label", origin, {label: entry[1] for label, entry in creators.items()})
    for creator, origin in creators.values():
        refuse_unfit_limits(
            creator, _named(creator, origin), {name: entry[0] for name, entry in checks.items()}
        )
    return Plugins(
        creators=MappingProxyType({label: entry[0] for label, entry in sorted(creators.items())}),
        combiners=MappingProxyType({name: entry[0] for name, entry in sorted(combiners.items())}),
        origins=tuple(sorted(origins, key=lambda origin: origin.plugin)),
        creator_origins=MappingProxyType({label: entry[1] for label, entry in creators.items()}),
        combiner_origins=MappingProxyType({name: entry[1] for name, entry in combiners.items()}),
        checks=MappingProxyType({name: entry[0] for name, entry in sorted(checks.items())}),
        check_origins=MappingProxyType({name: entry[1] for name, entry in checks.items()}),
        corrections=MappingProxyType({label: entry[0] for label, entry in sorted(corrections.items())}),
        correction_origins=MappingProxyType({label: entry[1] for label, entry in corrections.items()}),
    )


@cache
def installed_plugins() -> Plugins:
    """Give what `load_plugins` finds, looked for once by a process: for jobs, of which a worker does many."""
    return load_plugins()


def _refuse_unknown_hooks(manager: pluggy.PluginManager) -> None:
    known = {name for name in vars(Hooks) if name.startswith("mkrefs_")}
    for name, plugin in manager.list_name_plugin():
        written = {member for member in dir(plugin) if member.startswith("mkrefs_")}
        marked = {member for member in written if hasattr(getattr(plugin, member), f"{PROJECT}_impl")}
        unknown = sorted(marked - known)
        if unknown:
            raise UserError(
                f"Plugin '{name}' implements the unknown hook {unknown[0]}; "
                f"the hooks are {', '.join(sorted(known))}: rename or remove it."
            )


def _distributions(manager: pluggy.PluginManager) -> dict[str, tuple[str, str]]:
    found = {}
    for plugin, distribution in manager.list_plugin_distinfo():
        name = manager.get_name(plugin)
        if name is not None:
            metadata: importlib.metadata.Distribution = distribution._dist  # noqa: SLF001 - pluggy has no other way
            found[name] = (metadata.metadata["Name"], metadata.version)
    return found


def _collect_creators(plugin: Any, origin: Origin, found: dict[str, tuple[type[AnyCreator], Origin]]) -> None:
    if not hasattr(plugin, "mkrefs_creators"):
        return
    for creator in plugin.mkrefs_creators():
        refuse_unfit_creator(creator, _named(creator, origin))
        _refuse_twice(creator.label, "label", origin, {label: entry[1] for label, entry in found.items()})
        found[creator.label] = (creator, origin)


def _collect_combiners(plugin: Any, origin: Origin, found: dict[str, tuple[type[Combiner], Origin]]) -> None:
    if not hasattr(plugin, "mkrefs_combiners"):
        return
    for combiner in plugin.mkrefs_combiners():
        where = f"Plugin '{origin.plugin}', combiner {getattr(combiner, '__name__', combiner)}"
        check_declared(combiner, Combiner, ("name",), where)
        check_parameters(combiner.Parameters, Parameters, where)
        _refuse_twice(combiner.name, "combiner", origin, {name: entry[1] for name, entry in found.items()})
        found[combiner.name] = (combiner, origin)


def _collect_checks(plugin: Any, origin: Origin, found: dict[str, tuple[type[Check], Origin]]) -> None:
    if not hasattr(plugin, "mkrefs_checks"):
        return
    for check in plugin.mkrefs_checks():
        refuse_unfit_check(check, f"Plugin '{origin.plugin}', check {getattr(check, '__name__', check)}")
        _refuse_twice(check.name, "check", origin, {name: entry[1] for name, entry in found.items()})
        found[check.name] = (check, origin)


def _collect_corrections(
    plugin: Any, origin: Origin, found: dict[str, tuple[type[ImageCorrection], Origin]]
) -> None:
    if not hasattr(plugin, "mkrefs_corrections"):
        return
    for correction in plugin.mkrefs_corrections():
        refuse_unfit_correction(
            correction, f"Plugin '{origin.plugin}', correction {getattr(correction, '__name__', correction)}"
        )
        _refuse_twice(correction.label, "label", origin, {label: entry[1] for label, entry in found.items()})
        found[correction.label] = (correction, origin)


def _refuse_twice(name: str, kind: str, origin: Origin, taken: Mapping[str, Origin]) -> None:
    if name in taken:
        raise UserError(
            f"Plugins '{taken[name].plugin}' and '{origin.plugin}' both have the {kind} '{name}'; "
            "rename one of them or uninstall one of the plugins."
        )


def _named(creator: type[AnyCreator], origin: Origin) -> str:
    return f"Plugin '{origin.plugin}', creator {getattr(creator, '__name__', creator)}"
